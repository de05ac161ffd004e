internal import PostgresClient
public import StoreInterface

extension PostgresQueries: EventPurge {
  /// Counts or deletes the events of one piece, within the budget of a search.
  /// - Throws: `QueryError`.
  public func purge(_ step: PurgeStep) async throws(QueryError) -> PurgeProgress {
    let piece = PurgePiece(step, time: searchTime)
    return try await searchers.run { [form] connection throws(PostgresError) in
      try piece.run(in: form.table(over: connection), over: connection)
    }
  }
}
