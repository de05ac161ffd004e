import Ingest

/// What a server with subscribers does, step by step: looks at the database, reads what is new since the last
/// look, once for all of them, and hands it out. Pure: it knows neither clock nor database.
struct TailMachine {
  /// A subscriber, by its number.
  typealias Member = UInt64

  /// What to do next.
  enum Action: Hashable {
    /// Nothing, until somebody subscribes.
    case rest
    /// Let the time between two looks pass, then say `pauseEnded`.
    case pause
    /// Ask for the present moment.
    case look
    /// Ask for batches of the window.
    case batches(TailWindow, from: Int64)
    /// Ask for events.
    case events(TailPage)
    /// Tell these members that they were given everything up to a moment.
    case reached(TailPosition, [Member])
  }

  /// What follows from a look.
  struct Look: Equatable {
    /// Those who begin at this moment.
    var joined: [Member] = []
    /// Those who can not go on.
    var ended: [Member] = []
    /// Why they can not.
    var ending: TailEnding?
  }

  /// More different filters are not worth a condition each.
  static let mostFilters = 16

  private let oldest: Duration
  private var filters: [Member: TailFilter] = [:]
  /// Those who wait for the next look.
  private var joining: [Member] = []
  /// Those who take part in the window that is read now.
  private var readers: [Member] = []
  private var position: TailPosition?
  private var reading: TailReading?
  private var isPaused = false

  /// - Parameter oldest: how old the last look may be so that the next one goes on from it.
  init(oldest: Duration) {
    self.oldest = oldest
  }

  /// Somebody wants what is committed from the next look on.
  mutating func subscribe(_ member: Member, _ filter: TailFilter) {
    assert(filters[member] == nil, "a number for each")
    filters[member] = filter
    joining.append(member)
  }

  /// Somebody left, or was dropped.
  mutating func leave(_ member: Member) {
    filters[member] = nil
    joining.removeAll { $0 == member }
    readers.removeAll { $0 == member }
    if readers.isEmpty { reading = nil }
    if joining.count == filters.count { position = nil }
  }

  /// What to do next. The same again, until the answer is there.
  mutating func next() -> Action {
    guard !filters.isEmpty else {
      isPaused = false
      return .rest
    }
    guard !isPaused else { return .pause }
    guard var current = reading else { return .look }
    let step = current.next()
    reading = current
    switch step {
    case .batches(let from): return .batches(current.window, from: from)
    case .events(let page): return .events(page)
    case .end:
      reading = nil
      isPaused = true
      return .reached(current.window.to, readers)
    }
  }

  /// The time between two looks is over.
  mutating func pauseEnded() {
    isPaused = false
  }

  /// The database did not answer. What was asked is asked again after a pause.
  mutating func failed() {
    isPaused = true
  }

  /// The answer to `look`.
  mutating func looked(_ present: TailPosition) -> Look {
    var look = Look()
    readers = filters.keys.filter { !joining.contains($0) }.sorted()
    if let position, let ending = TailValidity.objection(to: position, at: present, oldest: oldest) {
      look.ended = readers
      look.ending = ending
      for member in look.ended { leave(member) }
    } else if let position, !readers.isEmpty {
      let window = TailWindow(from: position.snapshot, to: present)
      reading = TailReading(window, filters: commonFilters)
    }
    look.joined = joining
    joining = []
    position = filters.isEmpty ? nil : present
    isPaused = reading == nil
    return look
  }

  /// The window that is being read.
  var window: TailWindow? { reading?.window }

  /// The answer to `batches`.
  mutating func received(_ batches: [TailBatch]) {
    reading?.received(batches)
  }

  /// The answer to `events`.
  /// - Returns: Who gets which.
  mutating func received(_ answer: TailEvents) -> [(member: Member, events: [TailEvent])] {
    reading?.received(answer)
    return readers.compactMap { member in
      guard let filter = filters[member] else { return nil }
      let wanted = answer.events.filter { filter.matches($0.event) }
      return wanted.isEmpty ? nil : (member, wanted)
    }
  }

  /// What the database may leave out because none of the readers wants it.
  private var commonFilters: [TailFilter] {
    let wanted = Set(readers.compactMap { filters[$0] })
    return wanted.count > Self.mostFilters || wanted.contains(TailFilter()) ? [] : Array(wanted)
  }
}
