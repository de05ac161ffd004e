internal import Ingest

/// A query that waits for a thread.
struct QueryJob: Sendable {
  /// Tells it from others.
  let id: UInt64
  /// Until when it may wait.
  let deadline: ContinuousClock.Instant
  /// Runs it. Either this or `refuse` is called, once.
  let run: @Sendable (inout QueryLink) -> Void
  /// Answers it without running it.
  let refuse: @Sendable (QueryError) -> Void
}
