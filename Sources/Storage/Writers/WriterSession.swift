/// A writer's connection with what belongs to it: its staging table, and the buffer that fills it.
///
/// Not Sendable: it lives on the writer's thread.
final class WriterSession {
  /// The connection.
  let connection: PostgresConnection
  /// What lies in the connection's temporary table.
  var staging = StagingTable()
  /// The buffer that rows for COPY are encoded into.
  private var encoder: CopyEncoder

  /// Connects, and creates the staging table.
  init(_ settings: ConnectionSettings, payloadType: PayloadType) throws(PostgresError) {
    self.connection = try PostgresConnection(settings)
    self.encoder = CopyEncoder(payloadType: payloadType)
    try connection.execute(StagingTable.definition(payload: payloadType))
  }

  /// Sends the rows of the COPY under way, and has what stands behind it run.
  /// - Returns: The results of what stands behind the COPY.
  func copy(_ rows: CopyRows) throws(PostgresError) -> [PostgresResult] {
    try rows.encode(with: &encoder) { piece throws(PostgresError) in try connection.putCopy(piece) }
    return Array(try connection.endCopy().dropFirst())
  }
}
