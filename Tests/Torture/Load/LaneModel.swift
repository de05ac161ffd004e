/// What the journal of one lane says.
struct LaneModel: Sendable {
  let lane: Int
  /// The identity of each incarnation, from 0.
  private(set) var producers: [String] = []
  private(set) var sent: Set<Publication> = []
  private(set) var told: [Publication: Told] = [:]
  private(set) var failures: [String] = []
  private(set) var notices: [String] = []
  private(set) var toldTwice: [Publication] = []
  private var statistics: [Int: (reconnects: Int, resent: Int)] = [:]

  init(lane: Int, _ entries: [Journal.Entry]) {
    self.lane = lane
    for entry in entries { add(entry) }
  }

  private mutating func add(_ entry: Journal.Entry) {
    switch entry {
    case .begins(_, let producer): producers.append(producer)
    case .sends(let publication): sent.insert(publication)
    case .told(let publication, let answer):
      if told.updateValue(answer, forKey: publication) != nil { toldTwice.append(publication) }
    case .fails(let publication, let reason): failures.append("\(publication): \(reason)")
    case .notice(let incarnation, let text):
      notices.append("lane \(lane), incarnation \(incarnation): \(text)")
    case .statistics(let incarnation, let reconnects, let resent):
      statistics[incarnation] = (reconnects, resent)
    }
  }

  var reconnects: Int { statistics.values.reduce(0) { $0 + $1.reconnects } }
  var resent: Int { statistics.values.reduce(0) { $0 + $1.resent } }

  /// The batches that were published, however often.
  var ordinals: Set<Int> { Set(sent.map(\.ordinal)) }

  /// The batches that nobody was told about yet, in order.
  var unsettled: [Int] { ordinals.subtracting(told.keys.map(\.ordinal)).sorted() }

  /// The number of the next batch.
  var next: Int { (ordinals.max() ?? -1) + 1 }
}
