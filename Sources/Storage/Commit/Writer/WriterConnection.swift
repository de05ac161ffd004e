internal import Ingest
internal import PostgresClient
internal import StoreInterface
internal import WireProtocol

/// A writer's connection, with its staging table and the buffer for the rows of a COPY.
///
/// Not Sendable: it is used only on the writer's thread.
final class WriterConnection {
  /// The connection.
  let connection: PostgresConnection
  /// The database that the connection leads to.
  let identity: StoreIdentity
  /// The incarnation of the database.
  let incarnation: StoreIncarnation
  /// The longest wait of a statement for a lock.
  let lockTimeout: Duration
  /// The state of the connection's temporary table.
  var staging = StagingTable()
  /// Whether the database lets this role COPY into `events`; true until a COPY is refused.
  var takesCopyIntoEvents = true
  /// Whether the database has an index of spans, as the last group found; nil while this is unknown.
  var writesSpans: Bool?
  /// Number of groups that stored events on this connection since the last trial of a suspect. They are the
  /// evidence that other batches succeed.
  var storingGroups = 0
  /// The encoder and buffer for the rows of a COPY.
  private var encoder: CopyEncoder

  /// The type of `events.payload`.
  var payloadType: PayloadType { identity.payloadType }
  /// Whether Citus distributes the table `events`.
  var isDistributed: Bool { identity.isDistributed }
  /// Whether a crash of the database may lose commits, so that no key may be treated as stored.
  var mayForget: Bool { identity.durability.synchronousCommit == .off }

  /// Connects, reads the identity of the database, and creates the staging table.
  ///
  /// The connection commits with the durability that `incarnations` announces, even if a reload changes the
  /// defaults of the server.
  init(_ settings: ConnectionSettings, incarnations: Incarnations) throws(PostgresError) {
    let connection = try PostgresConnection(settings)
    let identity = try StoreIdentity.read(over: connection)
    let payloadType = identity.payloadType
    self.connection = connection
    self.identity = identity
    self.incarnation = incarnations.found(identity)
    self.lockTimeout = settings.lockTimeout
    self.encoder = CopyEncoder(payloadType: payloadType)
    // Keys are looked up one by one. Sequential scans are off, because the planner would choose them on a
    // table that was filled just now.
    try connection.execute(
      """
      SET synchronous_commit = \(identity.durability.synchronousCommit.setting);
      \(StagingTable.definition(payload: payloadType)); SET enable_seqscan = off;
      \(PreparedStatements.definitions(identity)); \(SpanStatement.definitions);
      \(PreparedStatements.pipelinedDefinitions(identity))
      """)
  }

  /// Empties the staging table in a transaction of its own if it is older than `age`. The table holds back
  /// `datfrozenxid` by its age in transactions of the whole cluster, even while this writer is idle.
  func renewStaging(olderThan age: Duration, at now: ContinuousClock.Instant) throws(PostgresError) {
    guard staging.renewedAt.duration(to: now) >= age else { return }
    try connection.execute("TRUNCATE staging")
    staging.renewed(at: now)
  }

  /// The statement that inserts the staged rows.
  var stagedInsertion: PostgresQuery<StoredCounts> {
    isDistributed ? StagingTable.distributedInsert : StagingTable.insert
  }

  /// Sends the rows of the open COPY and ends it, so that the statements after the COPY run.
  /// - Parameters:
  ///   - batchIDs: The `batch_id` of each part of `rows`.
  ///   - statements: The statements that began the COPY.
  /// - Returns: The results of the COPY and of the statements after it.
  func copy(
    _ rows: CopyRows, batchIDs: [Int64], of statements: StatementList
  ) throws(PostgresError) -> StatementResults {
    precondition(statements.copyIndex != nil, "the statements began a COPY")
    try rows.encode(with: &encoder, batchIDs: batchIDs) { piece throws(PostgresError) in
      try connection.putCopy(piece)
    }
    return try connection.endCopy(of: statements)
  }
}
