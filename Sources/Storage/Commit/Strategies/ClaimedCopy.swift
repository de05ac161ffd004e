internal import Ingest
internal import PostgresClient

/// The part that `directCopy` and `lookupThenCopy` share. The rows that the group will store are known before
/// the claim, so the claim writes the final counts to the ledger, and the rows are copied directly into
/// `events`. If the rows turn out to be wrong, the transaction is rolled back and the group runs again.
struct ClaimedCopy {
  private let unique: [Int32]
  private let statements: StatementList
  private let claim: ResultSlot<Claim>
  private let tag: ResultSlot<String>
  private let writesSpans: ResultSlot<Bool>

  /// Adds the claim and the COPY to the statements that open the transaction.
  init(_ rows: CopyRows, of members: [GroupMember], after opening: StatementList = StatementList()) {
    var statements = opening
    unique = rows.countsByPart
    claim = statements.add(PreparedStatements.claim(members, unique: unique))
    tag = statements.addCopy(GroupStatements.copy(into: "events"))
    writesSpans = statements.add(SpanStatement.query)
    self.statements = statements
  }

  /// Begins the transaction, claims, sends the rows and commits. The statements up to the COPY are one round trip.
  /// - Parameter oldDuplicates: Number of keys that a lookup before the transaction found stored.
  static func commit(
    _ filtered: borrowing FilteredRows, in transaction: GroupTransaction, oldDuplicates: Int
  ) throws(PostgresError) -> GroupEnding {
    var opening = StatementList()
    opening.add(PostgresStatement(transaction.isolation.begin))
    let standing = opening.add(PreparedStatements.lockProducersInScript(of: transaction.members))
    let copy = ClaimedCopy(filtered.rows, of: transaction.members, after: opening)
    let results = try copy.open(over: transaction.connection)
    return try copy.finish(
      filtered, in: transaction, after: results, standing: results[standing], oldDuplicates: oldDuplicates)
  }

  /// Runs the statements up to the COPY.
  func open(over connection: PostgresConnection) throws(PostgresError) -> StatementResults {
    try connection.beginCopy(statements)
  }

  /// Checks the claim, sends the rows, and commits.
  /// - Parameters:
  ///   - opening: The results of `open`.
  ///   - standing: The locked rows of the producers.
  ///   - oldDuplicates: Number of keys that the lookup found stored.
  func finish(
    _ filtered: borrowing FilteredRows, in transaction: GroupTransaction, after opening: StatementResults,
    standing: ProducerState, oldDuplicates: Int
  ) throws(PostgresError) -> GroupEnding {
    let (session, rows) = (transaction.session, filtered.rows)
    let claim = opening[claim]
    guard let purge = try claim.checkedPurge(), claim.batchIDs.count == transaction.members.count else {
      try session.connection.cancelCopy()
      return .again(.alreadyClaimed)
    }
    guard filtered.isConfirmed(purge: purge) else {
      try session.connection.cancelCopy()
      return .again(.cacheInvalidated)
    }
    let results = try session.copy(rows, batchIDs: claim.batchIDs, of: statements)
    guard results[tag] == "COPY \(rows.count)" else {
      throw PostgresError.lost("COPY was answered with \(results[tag])")
    }
    guard filtered.areAwaitedCommitted(within: transaction.dependencyTimeout) else {
      return .again(.dependencyTimeout)
    }
    var result = transaction.result(
      rows.parts, unique: unique, standing: standing, purge: purge, oldDuplicates: oldDuplicates)
    let writesSpans = results[writesSpans]
    session.writesSpans = writesSpans
    let topics = rows.topics()
    result.topics = topics.counts
    let spans = writesSpans ? rows.spanStatement(topics) : nil
    result.counters = try transaction.finish(
      rows.parts, batchIDs: claim.batchIDs, totals: result.totals, after: spans.map { [$0] } ?? [])
    return .committed(result)
  }
}
