public import Ingest

extension PostgresQueries: EventTail {
  /// Payload bytes of a page of the tail.
  private static let tailBytes = 256 << 10

  /// A snapshot of the database.
  /// - Throws: `QueryError`.
  public func tailPosition() async throws(QueryError) -> TailPosition {
    try await read(isUrgent: true) { connection throws(PostgresError) in
      let row = try connection.query(TailStatements.position)
      return TailPosition(
        snapshot: row.string(0, 0) ?? "", time: row.time(0, 1) ?? 0, lineage: row.string(0, 2) ?? "")
    }
  }

  /// Batches of a window, from the ledger.
  /// - Throws: `QueryError`.
  public func tailBatches(
    in window: TailWindow, from batchID: Int64, limit: Int
  ) async throws(QueryError) -> [TailBatch] {
    try await read { connection throws(PostgresError) in
      let statement = TailStatements.batches(in: window, from: batchID, limit: limit)
      let rows = try connection.query(statement)
      return (0..<rows.rowCount).map { row in
        TailBatch(batchID: rows.integer(row, 0) ?? 0, events: Int(rows.integer(row, 1) ?? 0))
      }
    }
  }

  /// Events of a page, by the BRIN index on batch_id.
  /// - Throws: `QueryError`.
  public func tailEvents(_ page: TailPage) async throws(QueryError) -> TailEvents {
    try await read { connection throws(PostgresError) in
      let statement = TailStatements.events(page, bytes: Self.tailBytes)
      let results = try connection.pipeline([
        PostgresStatement("SELECT set_config('enable_seqscan', 'off', true)"), statement,
      ])
      guard let rows = results.last, rows.rowCount > 0 else { return TailEvents([], isComplete: true) }
      let events = rows.storedEvents.enumerated().map { row, event in
        TailEvent(event, batchID: rows.integer(row, 6) ?? 0)
      }
      let matching = Int(rows.integer(0, 7) ?? 0)
      return TailEvents(events, isComplete: matching == events.count && matching < page.limit)
    }
  }
}
