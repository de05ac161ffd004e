/// Deletes events that somebody chose, in small pieces.
public protocol EventPurge: Sendable {
  /// Counts or deletes the events of one piece of a purge.
  /// - Throws: `QueryError` when the store cannot answer. Deletions of earlier pieces stay.
  func purge(_ step: PurgeStep) async throws(QueryError) -> PurgeProgress
}

/// One piece of a purge. A purge begins with the events that were stored last.
public struct PurgeStep: Hashable, Sendable {
  /// The treatment of the events.
  public enum Action: Hashable, Sendable {
    /// Events are only counted.
    case count
    /// Events are deleted, at most this number; the others stay.
    case delete(atMost: Int64)
  }

  /// The events.
  public let filter: EventFilter
  /// Only events that were stored before this time, in microseconds since 1970; nil for the time of the first piece by
  /// the clock of the store.
  public let end: Int64?
  /// Width of the first slice of time, as in `EventQuery.width`.
  public let width: Int64?
  /// The treatment of the events.
  public let action: Action

  /// Creates a piece.
  public init(_ filter: EventFilter, before end: Int64? = nil, width: Int64? = nil, _ action: Action) {
    self.filter = filter
    self.end = end
    self.width = width
    self.action = action
  }

  /// The most events that the piece may count or delete; negative numbers of a deletion are 0.
  public var most: Int64 {
    switch action {
    case .count: .max
    case .delete(let most): max(0, most)
    }
  }
}

/// The result of one piece of a purge.
public struct PurgeProgress: Hashable, Sendable {
  /// Number of events that were counted or deleted.
  public let events: Int64
  /// The time before which the events of the piece were stored, in microseconds since 1970. A deletion before this time
  /// finds no event that was stored after the count.
  public let end: Int64
  /// The next piece; nil when all events were counted, or as many were deleted as the purge may delete.
  public let next: PurgeStep?

  /// Creates a result.
  public init(events: Int64, end: Int64, next: PurgeStep?) {
    self.events = events
    self.end = end
    self.next = next
  }
}
