/// Deletes events that somebody chose, in small pieces.
public protocol EventPurge: Sendable {
  /// Counts or deletes the events of one piece of a purge.
  /// - Throws: `QueryError` when the store cannot answer. Deletions of earlier pieces stay.
  func purge(_ step: PurgeStep) async throws(QueryError) -> PurgeProgress
}

/// One piece of a purge. A purge begins with the events that were stored last.
public struct PurgeStep: Hashable, Sendable {
  /// The events.
  public let filter: EventFilter
  /// Only events that were stored before this time, in microseconds since 1970; nil for all.
  public let end: Int64?
  /// Width of the first slice of time, as in `EventQuery.width`.
  public let width: Int64?
  /// Whether events are only counted.
  public let isDryRun: Bool

  /// Creates a piece.
  public init(_ filter: EventFilter, before end: Int64? = nil, width: Int64? = nil, isDryRun: Bool) {
    self.filter = filter
    self.end = end
    self.width = width
    self.isDryRun = isDryRun
  }
}

/// The result of one piece of a purge.
public struct PurgeProgress: Hashable, Sendable {
  /// Number of events that were counted or deleted.
  public let events: Int64
  /// The next piece; nil when all events were counted or deleted.
  public let next: PurgeStep?

  /// Creates a result.
  public init(events: Int64, next: PurgeStep?) {
    self.events = events
    self.next = next
  }
}
