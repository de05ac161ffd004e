import Ingest
internal import StoreInterface

/// The live tail of a server, step by step: it asks the database for the current position, reads the events
/// since the last position once for all subscribers, and distributes them. Pure: no clock and no database.
struct TailMachine {
  /// Number of a subscriber.
  typealias Member = UInt64

  /// The next action for the caller.
  enum Action: Hashable {
    /// Stop until somebody subscribes.
    case rest
    /// Wait for the poll interval, then call `pauseEnded`.
    case pause
    /// Read the current position.
    case look
    /// Read the batches of the window.
    case batches(TailWindow, from: Int64)
    /// Read events.
    case events(TailPage)
    /// Tell these subscribers that they have received all events up to a position.
    case reached(TailPosition, [Member])
  }

  /// Result of reading a position.
  struct Look: Equatable {
    /// The subscribers that start at this position.
    var joined: [Member] = []
    /// The subscribers that cannot continue.
    var ended: [Member] = []
    /// The reason why they cannot.
    var ending: TailEnding?
  }

  /// Maximum number of different filters that the query contains; above it the query does not filter.
  static let mostFilters = 16

  private let oldest: Duration
  private var filters: [Member: EventFilter] = [:]
  /// The subscribers that wait for the next position.
  private var joining: [Member] = []
  /// The subscribers that receive the events of the current window.
  private var readers: [Member] = []
  private var position: TailPosition?
  private var reading: TailReading?
  private var isPaused = false

  /// - Parameter oldest: Maximum age of the last position from which subscribers can continue.
  init(oldest: Duration) {
    self.oldest = oldest
  }

  /// Adds a subscriber, which receives the events committed after the next position.
  mutating func subscribe(_ member: Member, _ filter: EventFilter) {
    assert(filters[member] == nil, "each subscriber must have its own number")
    filters[member] = filter
    joining.append(member)
  }

  /// Removes a subscriber.
  mutating func leave(_ member: Member) {
    filters[member] = nil
    joining.removeAll { $0 == member }
    readers.removeAll { $0 == member }
    if readers.isEmpty { reading = nil }
    if joining.count == filters.count { position = nil }
  }

  /// Returns the next action; the same one until its result was reported.
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

  /// Reports the end of a pause.
  mutating func pauseEnded() {
    isPaused = false
  }

  /// Reports that the database did not answer. The same action follows after a pause.
  mutating func failed() {
    isPaused = true
  }

  /// Reports the result of `look`.
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

  /// The window that is being read; nil between windows.
  var window: TailWindow? { reading?.window }

  /// Reports the result of `batches`.
  mutating func received(_ batches: [TailBatch]) {
    reading?.received(batches)
  }

  /// Reports the result of `events`.
  /// - Returns: the events for each subscriber that wants some.
  mutating func received(_ answer: TailEvents) -> [(member: Member, events: [TailEvent])] {
    reading?.received(answer)
    return readers.compactMap { member in
      guard let filter = filters[member] else { return nil }
      let wanted = answer.events.filter { filter.matches($0.event) }
      return wanted.isEmpty ? nil : (member, wanted)
    }
  }

  /// The filters for the query; empty when at least one reader wants all events.
  private var commonFilters: [EventFilter] {
    let wanted = Set(readers.compactMap { filters[$0] })
    return wanted.count > Self.mostFilters || wanted.contains(EventFilter()) ? [] : Array(wanted)
  }
}
