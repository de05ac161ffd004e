internal import Ingest
internal import PostgresClient

/// The strategy `pipelinedInsert`: the fastest one for small groups, which take more time for round trips than
/// in the database.
///
/// Everything from BEGIN to COMMIT is sent at once, and the rows are parameters of an INSERT. The conditions
/// that the other strategies check between statements are checked by the database: if a condition is false, a
/// statement fails, no later statement runs, and the group runs again with a safer strategy.
struct PipelinedInsert: CommitStrategy, ~Copyable {
  static let name = StrategyName.pipelinedInsert
  private let filtered: FilteredRows

  /// Maximum number of rows; a COPY is faster for more rows.
  static let rowsInPipeline = 256
  /// Maximum total size of the batches in bytes. The statements must fit into the socket's buffers, because
  /// they are sent before any result is read.
  private static let bytesInPipeline = 64 << 10

  /// Whether the group is small enough, and everything that its statements need is known in advance. On Citus the rows
  /// of a small group may be on one worker, and Citus would commit an INSERT on one worker without PREPARE.
  static func canStore(_ filtered: borrowing FilteredRows, in transaction: GroupTransaction) -> Bool {
    let members = transaction.members
    return !transaction.session.isDistributed && transaction.session.writesSpans != nil
      && !filtered.countsOnOthers
      && filtered.rows.count <= rowsInPipeline && members.allSatisfy { $0.dead.isEmpty }
      && members.reduce(0) { $0 + $1.batch.byteCount } <= bytesInPipeline
  }

  /// - Parameter filtered: The rows of all members of the group, which `canStore` accepts.
  init(_ filtered: consuming FilteredRows) {
    precondition(filtered.rows.count <= Self.rowsInPipeline, "a group that is small enough")
    self.filtered = filtered
  }

  func commit(in transaction: GroupTransaction) throws(PostgresError) -> GroupEnding {
    guard filtered.isStillKnown else { return .again(.cacheInvalidated) }
    do throws(PostgresError) {
      return .committed(try run(in: transaction))
    } catch {
      guard !error.isConnectionLost, error.state == PreparedStatements.broken else { throw error }
      transaction.session.writesSpans = nil
      return .again(.alreadyClaimed)
    }
  }

  private func run(in transaction: GroupTransaction) throws(PostgresError) -> GroupResult {
    let (members, rows) = (transaction.members, filtered.rows)
    let unique = rows.countsByPart
    let writesSpans = transaction.session.writesSpans == true
    var statements = StatementList()
    statements.add(PostgresStatement(transaction.isolation.begin))
    let standing = statements.add(PreparedStatements.lockProducers(of: members))
    let claim = statements.add(
      PreparedStatements.claimAll(members, unique: unique, purge: filtered.neededPurge))
    statements.add(PreparedStatements.insert(rows.arrays))
    statements.add(SpanStatement.assertion(writesSpans))
    let topics = rows.topics()
    if writesSpans, let spans = rows.spanStatement(topics) { statements.add(spans) }
    let totals = transaction.totals(of: rows.parts, unique: unique)
    let counters = statements.add(PreparedStatements.addCounters(totals, shard: transaction.shard))
    let commit = statements.add(PostgresQuery.commit)

    let results = try transaction.connection.pipeline(statements)
    try transaction.checkCommit(results[commit])
    guard let purge = results[claim] else {
      throw PostgresError.lost("Postgres sent no purge generation for the claim")
    }
    // The claim succeeded, so the omitted rows were duplicates. The call only records the purge generation in
    // the cache; its result is not needed.
    _ = filtered.isConfirmed(purge: purge)
    var result = transaction.result(rows.parts, unique: unique, standing: results[standing], purge: purge)
    result.topics = topics.counts
    result.counters = results[counters]
    return result
  }

  /// Always nil, because the strategy sends no COPY.
  func place(ofRow number: Int) -> StagedPlace? { nil }

  consuming func end(committed purge: Int64?) { filtered.end(committed: purge) }
}
