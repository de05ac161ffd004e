internal import Ingest
internal import PostgresClient
internal import WireProtocol

/// The strategy `stagedInsert`, which is right in every case: the rows are copied into a temporary table, and
/// one sorted INSERT ... ON CONFLICT DO NOTHING decides which of them are new.
struct StagedInsert: CommitStrategy, ~Copyable {
  static let name = StrategyName.stagedInsert
  /// The rows of the claimed members; nil before the claim.
  private var filtered: FilteredRows?
  /// The rows that the COPY sent; nil before the COPY.
  private var sent: CopyRows?

  mutating func commit(in transaction: GroupTransaction) throws(PostgresError) -> GroupEnding {
    let (session, members) = (transaction.session, transaction.members)
    guard try transaction.takeTurn() else { return .again(.turnTimeout) }
    var statements = transaction.opening
    let locked = statements.add(PreparedStatements.lockProducersInScript(of: members))
    let claimed = statements.add(PreparedStatements.claim(members, unique: members.map { _ in 0 }))
    statements.add(session.staging.clear(for: members.reduce(0) { $0 + $1.livingCount }))
    _ = statements.addCopy(GroupStatements.copy(into: StagingTable.name))
    let inserted = statements.add(session.stagedInsertion)
    let asked = statements.add(SpanStatement.query)
    let opening = try transaction.connection.beginCopy(statements)

    let (standing, claim) = (opening[locked], opening[claimed])
    let parts = claim.parts(of: members)
    let filtered = transaction.filtered(parts, awaitsOthers: false)
    if let purge = try claim.checkedPurge(), !filtered.isConfirmed(purge: purge) {
      try transaction.connection.cancelCopy()
      return .again(.cacheInvalidated)
    }
    let rows = filtered.rows
    self.filtered = consume filtered
    sent = rows

    let results = try session.copy(rows, batchIDs: claim.batchIDs, of: statements)
    let stored = results[inserted]
    session.writesSpans = results[asked]
    let unique = claim.batchIDs.map { stored.byBatch[$0] ?? 0 }
    let storedCount = unique.reduce(0) { $0 + Int($1) }
    var result = transaction.result(
      parts, unique: unique, standing: standing, purge: claim.purge,
      oldDuplicates: rows.count - storedCount,
      ledger: try lookUp(unclaimed(members, parts, standing), over: transaction.connection))
    if transaction.detectsConflicts {
      result.totals.conflicts = try ConflictCount(
        connection: transaction.connection, payloadType: session.payloadType,
        isDistributed: session.isDistributed
      ).count(among: rows, unique: storedCount)
    }
    let counted = zip(parts, unique).filter { $0.1 > 0 }.map { (batch: $0.0.batch, unique: $0.1) }
    var after = counted.isEmpty ? [] : [GroupStatements.ledgerCounts(counted)]
    let topics = rows.topics(stored: stored.byTopic)
    result.topics = topics.counts
    if results[asked], let spans = rows.spanStatement(topics) { after.append(spans) }
    result.counters = try transaction.finish(
      parts, batchIDs: claim.batchIDs, totals: result.totals, after: after)
    return .committed(result)
  }

  func place(ofRow number: Int) -> StagedPlace? { sent?.place(ofRow: number) }

  consuming func end(committed purge: Int64?) { filtered.take()?.end(committed: purge) }

  /// Batches that another transaction claimed: registered, above the floor, and not claimed by this
  /// transaction.
  private func unclaimed(
    _ members: [GroupMember], _ claims: [CopyRows.Part], _ standing: ProducerState
  ) -> [IngestBatch] {
    guard claims.count < members.count else { return [] }
    let claimed = Set(claims.map(\.member))
    return members.indices
      .filter { !claimed.contains($0) && standing.isAboveFloor(members[$0].batch.key) }
      .map { members[$0].batch }
  }

  private func lookUp(
    _ batches: [IngestBatch], over connection: PostgresConnection
  ) throws(PostgresError) -> [BatchKey: LedgerRow] {
    guard !batches.isEmpty else { return [:] }
    let ledger = try connection.query(GroupStatements.lookup(batches))
    guard batches.allSatisfy({ ledger[$0.key.asStored] != nil }) else {
      // The transaction that had claimed the batch rolled back in between. Report no outcome, because the
      // whole group must run again.
      throw PostgresError(
        state: "40001", message: "a batch is neither claimed nor in the ledger", isConnectionLost: false)
    }
    return ledger
  }
}
