internal import Ingest
internal import PostgresClient
public import StoreInterface
internal import WireProtocol

extension PostgresQueries: EventTail {
  /// Most payload bytes of a page of the tail.
  private static let tailBytes = 256 << 10

  /// Returns the present position: a snapshot of the database.
  /// - Throws: `QueryError`.
  public func tailPosition() async throws(QueryError) -> TailPosition {
    try await follow(isUrgent: true) { connection throws(PostgresError) in
      // The lineage includes the system, because transaction numbers of another cluster mean nothing, even
      // with the same store.
      let lineage = try StoreIdentity.read(over: connection).lineage
      let (snapshot, time) = try connection.query(TailStatements.position)
      return TailPosition(
        snapshot: snapshot, time: time, lineage: "\(lineage.system)-\(lineage.timeline)-\(lineage.store)")
    }
  }

  /// Returns batches of a window, from the ledger.
  /// - Throws: `QueryError`.
  public func tailBatches(
    in window: TailWindow, from batchID: Int64, limit: Int
  ) async throws(QueryError) -> [TailBatch] {
    try await follow { [ledgerKeep] connection throws(PostgresError) in
      try connection.query(
        TailStatements.batches(in: window, from: batchID, limit: limit, within: ledgerKeep))
    }
  }

  /// Returns events of a page, found by the BRIN index on batch_id.
  /// - Throws: `QueryError`.
  public func tailEvents(_ page: TailPage) async throws(QueryError) -> TailEvents {
    try await follow { connection throws(PostgresError) in
      var statements = StatementList()
      statements.add(PostgresStatement("SELECT set_config('enable_seqscan', 'off', true)"))
      let events = statements.add(TailStatements.events(page, bytes: Self.tailBytes))
      return try connection.pipeline(statements)[events]
    }
  }
}
