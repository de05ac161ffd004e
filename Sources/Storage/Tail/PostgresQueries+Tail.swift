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
      let identity = try StoreIdentity.read(over: connection)
      let lineage = identity.lineage
      let (snapshot, time) = try connection.query(
        identity.isDistributed ? PendingTransactions.position : TailStatements.position)
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
    try await follow { [form] connection throws(PostgresError) in
      let table = try form.table(over: connection)
      var statements = StatementList()
      statements.add(PostgresStatement("SELECT set_config('enable_seqscan', 'off', true)"))
      let events = statements.add(TailStatements.events(page, of: table, bytes: Self.tailBytes))
      return try connection.pipeline(statements)[events]
    }
  }
}
