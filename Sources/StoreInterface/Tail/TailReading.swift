/// Reads a window page by page: returns the next query and takes its result. Pure.
///
/// A window may hold millions of events in hundreds of thousands of batches. Only the ids of some batches and
/// one page of events are in memory at a time.
public struct TailReading: Sendable {
  /// The next query.
  public enum Step: Hashable, Sendable {
    /// Read batches from this id on, at most `batchLimit`.
    case batches(from: Int64)
    /// Read a page of events.
    case events(TailPage)
    /// The window has been read.
    case end
  }

  /// Maximum batches per query.
  public static let batchLimit = 4_096
  /// Maximum events per query.
  public static let eventLimit = 1_000
  /// Initial scan limit for a page when filters drop most events. Each query scans the newest blocks as a
  /// whole. Therefore a large number of small queries would cost more than the events they find.
  static let firstLook = 16_000
  /// Maximum scan limit for a page when filters drop most events.
  static let largestLook = 256_000
  /// Maximum distance between the ids of two batches in one query. Across a larger gap the query would scan
  /// all batches between them.
  static let largestGap: Int64 = 65_536 * 16

  /// The window that is read.
  public let window: TailWindow
  private let filters: [EventFilter]
  private var after: TailPlace?
  /// The batches that have not been read completely.
  private var pending: ArraySlice<TailBatch> = []
  /// The id from which to read more batches; nil when there are no more.
  private var nextBatch: Int64?
  /// Number of batches in the last query for events.
  private var asked = 0
  /// Scan limit: events that the batches of a page may hold.
  private var look: Int

  /// Creates a reading of the events of `window` after `after` that match one of `filters`; of all events if
  /// there are no filters.
  public init(_ window: TailWindow, after: TailPlace? = nil, filters: [EventFilter] = []) {
    self.window = window
    self.filters = filters
    self.after = after
    nextBatch = after?.batchID ?? .min
    look = filters.isEmpty ? Self.eventLimit : Self.firstLook
  }

  /// Returns the next query.
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
    assert(asked > 0, "a page asks for a batch")
    return .events(
      TailPage(
        batchIDs: batches.map(\.batchID), after: after, filters: filters, limit: Self.eventLimit))
  }

  /// Takes the result of `.batches`.
  public mutating func received(_ batches: [TailBatch]) {
    precondition(pending.isEmpty, "batches are asked for when none waits")
    assert(zip(batches, batches.dropFirst()).allSatisfy { $0.batchID < $1.batchID }, "batches ascend")
    assert(batches.count <= Self.batchLimit, "the store keeps the limit")
    pending = batches.filter { $0.events > 0 }[...]
    let isLast = batches.count < Self.batchLimit
    nextBatch = isLast ? nil : batches.last.map { $0.batchID + 1 }
  }

  /// Takes the result of `.events`.
  public mutating func received(_ answer: TailEvents) {
    precondition(asked > 0, "events arrived without a query")
    adapt(to: answer)
    if answer.isComplete {
      precondition(asked <= pending.count, "the batches that were asked for still wait")
      pending = pending.dropFirst(asked)
      after = nil
    } else if let last = answer.events.last {
      // All batches before that of the last event have been read.
      pending = pending.drop { $0.batchID < last.batchID }
      after = last.place
    }
    asked = 0
  }

  /// Raises the scan limit when few events matched, and lowers it when too many did.
  private mutating func adapt(to answer: TailEvents) {
    guard !filters.isEmpty else { return }
    if !answer.isComplete {
      look = max(Self.eventLimit, look / 4)
    } else if answer.events.count < Self.eventLimit / 4 {
      look = min(Self.largestLook, look * 4)
    }
    assert(look >= Self.eventLimit && look <= Self.largestLook, "the look ahead is bounded")
  }
}
