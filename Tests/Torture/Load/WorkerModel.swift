/// Contents of one worker's journal.
struct WorkerModel: Sendable {
  let worker: Int
  /// The identity of each incarnation, from 0.
  private(set) var producers: [String] = []
  private(set) var sent: Set<Publication> = []
  private(set) var told: [Publication: Told] = [:]
  private(set) var failures: [String] = []
  private(set) var notices: [Notice] = []
  private(set) var toldTwice: [Publication] = []
  private var statistics: [Int: (reconnects: Int, resent: Int)] = [:]

  /// A notice that a producer reported.
  struct Notice: Hashable, Sendable, CustomStringConvertible {
    let worker: Int
    let incarnation: Int
    let at: Int64
    let text: String

    /// Whether the producer was told that batches it had sent may be lost.
    var isLineageLoss: Bool { text.contains("LINEAGE_LOSS") }
    var description: String { "worker \(worker), incarnation \(incarnation): \(text)" }
  }

  init(worker: Int, _ entries: [Journal.Entry]) {
    self.worker = worker
    for entry in entries { add(entry) }
  }

  private mutating func add(_ entry: Journal.Entry) {
    switch entry {
    case .begins(_, let producer): producers.append(producer)
    case .sends(let publication): sent.insert(publication)
    case .told(let publication, let answer):
      if told.updateValue(answer, forKey: publication) != nil { toldTwice.append(publication) }
    case .fails(let publication, let reason): failures.append("\(publication): \(reason)")
    case .notice(let incarnation, let time, let text):
      notices.append(Notice(worker: worker, incarnation: incarnation, at: time, text: text))
    case .statistics(let incarnation, let reconnects, let resent):
      statistics[incarnation] = (reconnects, resent)
    }
  }

  var reconnects: Int { statistics.values.reduce(0) { $0 + $1.reconnects } }
  var resent: Int { statistics.values.reduce(0) { $0 + $1.resent } }

  /// Numbers of the batches that were published at least once.
  var ordinals: Set<Int> { Set(sent.map(\.ordinal)) }

  /// Numbers of the batches without any answer, in ascending order.
  var unsettled: [Int] { ordinals.subtracting(told.keys.map(\.ordinal)).sorted() }

  /// The number of the next batch.
  var next: Int { (ordinals.max() ?? -1) + 1 }
}
