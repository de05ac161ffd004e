/// What the live tail asks of the store: what was committed between two moments.
///
/// A moment is a snapshot of the database. Between two snapshots every batch is committed exactly once, also one
/// that began early and ended late, which a cursor by id or by time would lose.
public protocol EventTail: Sendable {
  /// The present moment.
  /// - Throws: `QueryError` when the store can not answer.
  func tailPosition() async throws(QueryError) -> TailPosition
  /// Up to `limit` of the batches that were committed within `window`, ascending, from `batchID` on.
  /// - Throws: `QueryError` when the store can not answer.
  func tailBatches(
    in window: TailWindow, from batchID: Int64, limit: Int
  ) async throws(QueryError) -> [TailBatch]
  /// A page of the events of some batches.
  /// - Throws: `QueryError` when the store can not answer.
  func tailEvents(_ page: TailPage) async throws(QueryError) -> TailEvents
}

/// A moment in the life of a database.
public struct TailPosition: Hashable, Sendable {
  /// What is visible then, as Postgres writes it (`pg_snapshot`).
  public let snapshot: String
  /// The database's clock, in microseconds since 1970.
  public let time: Int64
  /// Which database it is: positions of another one mean nothing.
  public let lineage: String

  /// The moment with these values.
  public init(snapshot: String, time: Int64, lineage: String) {
    self.snapshot = snapshot
    self.time = time
    self.lineage = lineage
  }

  /// The first transaction that had not begun then; nil when `snapshot` is none
  /// (https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-PG-SNAPSHOT-PARTS).
  public var horizon: UInt64? { Self.horizon(of: snapshot) }

  /// The first transaction that had not begun at `snapshot`; nil when that is none.
  public static func horizon(of snapshot: String) -> UInt64? {
    let parts = snapshot.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 3, let first = number(parts[0]), let end = number(parts[1]), 0 < first, first <= end
    else { return nil }
    var last = first
    for text in parts[2].split(separator: ",", omittingEmptySubsequences: parts[2].isEmpty) {
      guard let running = number(text), last <= running, running < end else { return nil }
      last = running
    }
    return end
  }

  private static func number(_ digits: Substring) -> UInt64? {
    digits.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt64(digits) : nil
  }
}

/// What was committed after one moment and up to another.
public struct TailWindow: Hashable, Sendable {
  /// The snapshot of the earlier moment.
  public let from: String
  /// The later moment.
  public let to: TailPosition

  /// From a snapshot up to a moment.
  public init(from: String, to: TailPosition) {
    self.from = from
    self.to = to
  }
}

/// A batch that was committed within a window.
public struct TailBatch: Hashable, Sendable {
  /// Its id.
  public let batchID: Int64
  /// How many events it stored.
  public let events: Int

  /// A batch with `events` stored events.
  public init(batchID: Int64, events: Int) {
    self.batchID = batchID
    self.events = events
  }
}

/// Where an event stands within a window: by batch, then event id, then topic, the names byte by byte.
public struct TailPlace: Hashable, Sendable {
  /// The batch that stored it.
  public let batchID: Int64
  /// The event id.
  public let eventID: String
  /// The topic.
  public let topic: String

  /// The place of the event with these values.
  public init(batchID: Int64, eventID: String, topic: String) {
    self.batchID = batchID
    self.eventID = eventID
    self.topic = topic
  }
}

/// Which events to read at once.
public struct TailPage: Hashable, Sendable {
  /// The batches, ascending; not empty.
  public let batchIDs: [Int64]
  /// Only events behind this place.
  public let after: TailPlace?
  /// Only events that match one of these; all of them when there are none.
  public let filters: [TailFilter]
  /// At most so many.
  public let limit: Int

  /// The events of `batchIDs` behind `after`.
  public init(batchIDs: [Int64], after: TailPlace?, filters: [TailFilter], limit: Int) {
    self.batchIDs = batchIDs
    self.after = after
    self.filters = filters
    self.limit = limit
  }
}

/// The answer to a `TailPage`.
public struct TailEvents: Hashable, Sendable {
  /// By batch, event id and topic; at least one, unless none is left.
  public let events: [TailEvent]
  /// Whether none is left.
  public let isComplete: Bool

  /// The next events of a page.
  public init(_ events: [TailEvent], isComplete: Bool) {
    self.events = events
    self.isComplete = isComplete
  }
}

/// An event of the tail.
public struct TailEvent: Hashable, Sendable {
  /// The event.
  public let event: StoredEvent
  /// The batch that stored it.
  public let batchID: Int64

  /// An event that the batch `batchID` stored.
  public init(_ event: StoredEvent, batchID: Int64) {
    self.event = event
    self.batchID = batchID
  }

  /// Where it stands in its window.
  public var place: TailPlace {
    TailPlace(batchID: batchID, eventID: event.eventID, topic: event.topic)
  }

  /// About what it takes in memory.
  public var byteCount: Int {
    256 + event.topic.utf8.count + event.eventID.utf8.count + event.source.utf8.count
      + (event.payload?.count ?? 0)
  }
}
