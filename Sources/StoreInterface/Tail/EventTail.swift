/// The queries of the live tail: the events that were committed between two positions.
///
/// A position is a snapshot of the database. Every batch is committed between exactly two successive
/// snapshots, also one that began early and ended late; a cursor by id or by time would miss such a batch.
public protocol EventTail: Sendable {
  /// Returns the current position.
  /// - Throws: `QueryError` when the store cannot answer.
  func tailPosition() async throws(QueryError) -> TailPosition
  /// Returns up to `limit` batches that were committed within `window`, ascending, from `batchID` on.
  /// - Throws: `QueryError` when the store cannot answer.
  func tailBatches(
    in window: TailWindow, from batchID: Int64, limit: Int
  ) async throws(QueryError) -> [TailBatch]
  /// Returns a page of the events of some batches.
  /// - Throws: `QueryError` when the store cannot answer.
  func tailEvents(_ page: TailPage) async throws(QueryError) -> TailEvents
}

/// A moment in the life of a database.
public struct TailPosition: Hashable, Sendable {
  /// The transactions that are visible then, in the text form of Postgres (`pg_snapshot`).
  public let snapshot: String
  /// The database's clock in microseconds since 1970.
  public let time: Int64
  /// The identity of the database. Positions of another database have no meaning.
  public let lineage: String

  /// Creates a position.
  public init(snapshot: String, time: Int64, lineage: String) {
    self.snapshot = snapshot
    self.time = time
    self.lineage = lineage
  }

  /// The first transaction id that was not assigned then; nil when `snapshot` is malformed
  /// (https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-PG-SNAPSHOT-PARTS).
  public var horizon: UInt64? { Self.horizon(of: snapshot) }

  /// Returns the first transaction id that was not assigned at `snapshot`; nil when `snapshot` is malformed.
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

/// The batches that were committed after one position and up to another.
public struct TailWindow: Hashable, Sendable {
  /// The snapshot of the earlier position.
  public let from: String
  /// The later position.
  public let to: TailPosition

  /// Creates a window.
  public init(from: String, to: TailPosition) {
    self.from = from
    self.to = to
  }
}

/// A batch that was committed within a window.
public struct TailBatch: Hashable, Sendable {
  /// The id of the batch.
  public let batchID: Int64
  /// Number of events that the batch stored.
  public let events: Int

  /// Creates a batch.
  public init(batchID: Int64, events: Int) {
    self.batchID = batchID
    self.events = events
  }
}

/// The position of an event in a window: by batch, then event id, then topic, the names byte by byte.
public struct TailPlace: Hashable, Sendable {
  /// The batch that stored the event.
  public let batchID: Int64
  /// The event id.
  public let eventID: String
  /// The topic.
  public let topic: String

  /// Creates a position.
  public init(batchID: Int64, eventID: String, topic: String) {
    self.batchID = batchID
    self.eventID = eventID
    self.topic = topic
  }
}

/// A request for a page of events.
public struct TailPage: Hashable, Sendable {
  /// The batches, ascending; not empty.
  public let batchIDs: [Int64]
  /// Selects only events after this position.
  public let after: TailPlace?
  /// Selects events that match one of these; all events if there are none.
  public let filters: [EventFilter]
  /// Maximum number of events.
  public let limit: Int

  /// Creates a request for events of `batchIDs`.
  public init(batchIDs: [Int64], after: TailPlace?, filters: [EventFilter], limit: Int) {
    precondition(!batchIDs.isEmpty && limit >= 1, "a page has a batch and room for an event")
    self.batchIDs = batchIDs
    self.after = after
    self.filters = filters
    self.limit = limit
  }
}

/// The result of a `TailPage`.
public struct TailEvents: Hashable, Sendable {
  /// The events by batch, event id and topic; empty only if no event is left.
  public let events: [TailEvent]
  /// Whether no more events are left.
  public let isComplete: Bool

  /// Creates a result.
  public init(_ events: [TailEvent], isComplete: Bool) {
    self.events = events
    self.isComplete = isComplete
  }
}

/// An event of the tail.
public struct TailEvent: Hashable, Sendable {
  /// The event.
  public let event: StoredEvent
  /// The batch that stored the event.
  public let batchID: Int64

  /// Creates an event of the batch `batchID`.
  public init(_ event: StoredEvent, batchID: Int64) {
    self.event = event
    self.batchID = batchID
  }

  /// The position of the event in its window.
  public var place: TailPlace {
    TailPlace(batchID: batchID, eventID: event.eventID, topic: event.topic)
  }

  /// Estimated memory in bytes.
  public var byteCount: Int {
    256 + event.topic.utf8.count + event.eventID.utf8.count + event.source.utf8.count
      + (event.payload?.count ?? 0)
  }
}
