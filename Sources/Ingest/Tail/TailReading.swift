/// Reads a window page by page: says what to ask for next, and takes the answers. Pure.
///
/// A window may hold millions of events in hundreds of thousands of batches. What is in memory at a time are
/// the ids of some batches and a page of events.
public struct TailReading: Sendable {
  /// What to ask the store for.
  public enum Step: Hashable, Sendable {
    /// Batches from this id on, at most `batchLimit`.
    case batches(from: Int64)
    /// Events.
    case events(TailPage)
    /// Nothing is left.
    case end
  }

  /// Batches to ask for at a time.
  public static let batchLimit = 4_096
  /// Events to ask for at a time.
  public static let eventLimit = 1_000
  /// Events to look at for a page when filters leave most of them out: at first, and at most. Each look goes over
  /// the newest blocks as a whole, so that many small ones cost more than all that is found.
  static let firstLook = 16_000
  static let largestLook = 256_000
  /// Ids between two batches that are read at once; more lie so far apart that all in between would be
  /// looked at.
  static let largestGap: Int64 = 65_536 * 16

  /// What is read.
  public let window: TailWindow
  private let filters: [TailFilter]
  private var after: TailPlace?
  /// Batches that were not read to their end.
  private var pending: ArraySlice<TailBatch> = []
  /// Where to ask for batches; nil when there are no more.
  private var nextBatch: Int64?
  /// The batches of the page that was asked for last.
  private var asked = 0
  /// Events that the batches of a page may hold.
  private var look: Int

  /// Reads the events of `window` that match one of `filters` (all when there are none), behind `after`.
  public init(_ window: TailWindow, after: TailPlace? = nil, filters: [TailFilter] = []) {
    self.window = window
    self.filters = filters
    self.after = after
    nextBatch = after?.batchID ?? .min
    look = filters.isEmpty ? Self.eventLimit : Self.firstLook
  }

  /// What to ask for next.
  public mutating func next() -> Step {
    guard !pending.isEmpty else {
      return nextBatch.map { .batches(from: $0) } ?? .end
    }
    var events = 0
    var last: Int64?
    let batches = pending.prefix { batch in
      guard events < look, batch.batchID - (last ?? batch.batchID) <= Self.largestGap else {
        return false
      }
      events += batch.events
      last = batch.batchID
      return true
    }
    asked = batches.count
    return .events(
      TailPage(
        batchIDs: batches.map(\.batchID), after: after, filters: filters, limit: Self.eventLimit))
  }

  /// The answer to `.batches`.
  public mutating func received(_ batches: [TailBatch]) {
    pending = batches.filter { $0.events > 0 }[...]
    let isLast = batches.count < Self.batchLimit
    nextBatch = isLast ? nil : batches.last.map { $0.batchID + 1 }
  }

  /// The answer to `.events`.
  public mutating func received(_ answer: TailEvents) {
    precondition(asked > 0, "events that nobody asked for")
    adapt(to: answer)
    if answer.isComplete {
      pending = pending.dropFirst(asked)
      after = nil
    } else if let last = answer.events.last {
      // The batches before the last event's are done.
      pending = pending.drop { $0.batchID < last.batchID }
      after = last.place
    }
    asked = 0
  }

  /// Looks at more for the next page when few of the events matched, and at less when too many did.
  private mutating func adapt(to answer: TailEvents) {
    guard !filters.isEmpty else { return }
    if !answer.isComplete {
      look = max(Self.eventLimit, look / 4)
    } else if answer.events.count < Self.eventLimit / 4 {
      look = min(Self.largestLook, look * 4)
    }
  }
}
