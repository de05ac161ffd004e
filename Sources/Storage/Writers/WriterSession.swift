/// A writer's connection with what belongs to it: its staging table, and the buffer that fills it.
///
/// Not Sendable: it lives on the writer's thread.
final class WriterSession {
  /// The connection.
  let connection: PostgresConnection
  /// The type of `events.payload`.
  let payloadType: PayloadType
  /// What lies in the connection's temporary table.
  var staging = StagingTable()
  /// Whether there is an index of spans, as the last group found; nil while none asked.
  var writesSpans: Bool?
  /// The buffer that rows for COPY are encoded into.
  private var encoder: CopyEncoder

  /// Connects, and creates the staging table.
  init(_ settings: ConnectionSettings, payloadType: PayloadType) throws(PostgresError) {
    self.connection = try PostgresConnection(settings)
    self.payloadType = payloadType
    self.encoder = CopyEncoder(payloadType: payloadType)
    // Keys are asked for one by one; on a table that has just been filled the planner knows no better.
    try connection.execute(
      """
      \(StagingTable.definition(payload: payloadType)); SET enable_seqscan = off;
      \(PreparedStatements.definitions); \(SpanStatement.definitions);
      \(PreparedStatements.oneTripDefinitions(payload: payloadType))
      """)
  }

  /// Sends the rows of the COPY under way, and has what stands behind it run.
  /// - Parameter batchIDs: the `batch_id` of each part of `rows`.
  /// - Returns: The results of the COPY and of what stands behind it.
  func copy(_ rows: CopyRows, batchIDs: [Int64]) throws(PostgresError) -> [PostgresResult] {
    try rows.encode(with: &encoder, batchIDs: batchIDs) { piece throws(PostgresError) in
      try connection.putCopy(piece)
    }
    return try connection.endCopy()
  }
}
