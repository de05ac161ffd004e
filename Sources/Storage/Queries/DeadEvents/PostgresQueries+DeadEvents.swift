internal import PostgresClient
public import StoreInterface

extension PostgresQueries: DeadEventStore {
  /// Returns the dead event at `place`.
  /// - Throws: `QueryError`, also when the role of the server may not mark dead events.
  public func deadEvent(at place: DeadEventPlace) async throws(QueryError) -> StoredDeadEvent? {
    let found = try await people.run { connection throws(PostgresError) in
      try DeadEventRow.read(place, over: connection)
    }
    guard let found else { return nil }
    guard found.mayMark else { throw .cannotMark }
    return found.event
  }

  /// Marks a dead event as published again.
  /// - Throws: `QueryError`.
  public func markRepublished(_ place: DeadEventPlace) async throws(QueryError) -> Int64? {
    try await people.run { connection throws(PostgresError) in
      try DeadEventRow.mark(place, over: connection)
    }
  }
}

extension QueryError {
  /// The role of the server has too few rights on `dead_events`.
  fileprivate static let cannotMark = QueryError(
    "a dead event cannot be published again: the role of the server may not update dead_events; run the statements "
      + "of sluiced grants", isTransient: false)
}
