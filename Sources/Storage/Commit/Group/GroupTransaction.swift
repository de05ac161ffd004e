internal import Ingest
internal import PostgresClient
internal import StoreInterface
internal import WireProtocol

/// The transaction that commits a group: claim in the ledger, events, counts, COMMIT. The commit strategies
/// differ in how the events are written and when their counts are known; this type has what they share.
struct GroupTransaction {
  let session: WriterConnection
  /// The row of `counters` to which the counts are added.
  let shard: Int
  let isolation: TransactionIsolation
  let members: [GroupMember]
  /// The dedup cache, and the number by which it knows the writer.
  let memory: DedupCache
  let writer: Int
  /// Whether to count duplicates whose payload differs from the stored payload.
  var detectsConflicts = false
  /// Whether the group waits for its turn among the groups of all servers (`Turn`). Only `lookupThenCopy` and
  /// `stagedInsert` do.
  var takesTurn = false
  /// The longest wait for the turn.
  var turnTimeout = Turn.timeout

  /// Time at which the attempt began.
  private let begun = ContinuousClock.now

  /// Shortest and longest wait for a group of another writer whose keys were left out.
  static let dependencyTimeouts = Duration.milliseconds(250)...Duration.seconds(2)

  /// Maximum wait from now on for each group of another writer whose keys were left out. If a group has not
  /// committed by then, this group runs again.
  var dependencyTimeout: Duration { Self.dependencyTimeout(after: begun.duration(to: .now)) }

  /// Maximum wait of an attempt that has taken `time` until then: twice that time, at least 250 ms and at most
  /// 2 s, because the other groups need about as long, however slow the machine is. After a shorter wait this
  /// group would be rolled back and stored again, which makes a busy machine slower.
  ///
  /// The other groups began earlier, so the waits within one server have no cycle; the timeout only breaks
  /// deadlocks through another server's row locks.
  static func dependencyTimeout(after time: Duration) -> Duration {
    min(max(time * 2, dependencyTimeouts.lowerBound), dependencyTimeouts.upperBound)
  }

  var connection: PostgresConnection { session.connection }

  /// Runs the transaction. Called once.
  /// - Parameter chosen: The strategy. A group that is too large for `pipelinedInsert` runs as `directCopy`.
  /// - Throws: `GroupFailure`. Nothing was committed, unless the connection is lost. After a lost connection
  ///   the outcome is unknown, and the same group on a new connection finds it in the ledger.
  func commit(_ chosen: StrategyName) throws(GroupFailure) -> GroupAttempt {
    precondition(!members.isEmpty, "a group without batches settles nothing")
    do throws(GroupFailure) {
      let attempt = try run(chosen)
      if case .again = attempt.ending { rollBack() }
      return attempt
    } catch {
      if !error.error.isConnectionLost { rollBack() }
      throw error
    }
  }

  private func run(_ chosen: StrategyName) throws(GroupFailure) -> GroupAttempt {
    if chosen == .stagedInsert { return try run(StagedInsert()) }
    let parts = members.indices.map { CopyRows.Part(member: $0, of: members[$0]) }
    // A group that waits for its turn must not also wait for a group of this server, which may wait for the same turn.
    let filtered = filtered(parts, awaitsOthers: !takesTurn)
    if chosen == .lookupThenCopy { return try run(LookupThenCopy(filtered)) }
    if chosen == .pipelinedInsert, PipelinedInsert.canStore(filtered, in: self) {
      return try run(PipelinedInsert(filtered))
    }
    return try run(DirectCopy(filtered))
  }

  /// Runs one strategy, and ends its filtered rows: committed, or abandoned.
  private func run<Strategy: CommitStrategy & ~Copyable>(
    _ strategy: consuming Strategy
  ) throws(GroupFailure) -> GroupAttempt {
    do throws(PostgresError) {
      let ending = try strategy.commit(in: self)
      if case .committed(let result) = ending { strategy.end(committed: result.purge) }
      return GroupAttempt(strategy: Strategy.name, ending: ending)
    } catch let failure {
      let error = session.isDistributed ? CitusError.translated(failure) : failure
      if error.isConnectionLost { memory.drop() }
      if Strategy.name != .stagedInsert, let reason = reasonToRunAgain(Strategy.name, after: error) {
        return GroupAttempt(strategy: Strategy.name, ending: .again(reason))
      }
      throw GroupFailure(error: error, refused: refusedRow(error).flatMap { strategy.place(ofRow: $0) })
    }
  }

  private static let uniqueViolation: SQLState = "23505"
  /// The error of a COPY into a table with row security by a role that does not own the table.
  private static let notSupported: SQLState = "0A000"

  /// The reason for which a group whose statement failed runs again with a safer strategy; nil when the error
  /// has nothing to do with the strategy.
  private func reasonToRunAgain(_ name: StrategyName, after error: PostgresError) -> GroupEnding.Reason? {
    if error.state == Self.uniqueViolation { return .conflict }
    // The pipelined INSERT has no COPY, so its error means something else.
    if error.state == Self.notSupported, name != .pipelinedInsert {
      session.takesCopyIntoEvents = false
      return .unsupported
    }
    return RetryPolicy.mayDependOnStrategy(error) ? .unknownError : nil
  }

  private func refusedRow(_ error: PostgresError) -> Int? {
    RetryPolicy.isDataError(error.state) ? error.copyRow : nil
  }

  /// Begins the transaction if it takes a turn, and waits for the turn.
  /// - Returns: False when the group did not get its turn in time.
  func takeTurn() throws(PostgresError) -> Bool {
    guard takesTurn else { return true }
    return try Turn(over: session, timeout: turnTimeout).begin(isolation)
  }

  /// Statements that begin the transaction, unless `takeTurn` began it.
  var opening: StatementList {
    var statements = StatementList()
    if !takesTurn { statements.add(PostgresStatement(isolation.begin)) }
    return statements
  }

  /// Filters the rows of `parts` by the dedup cache. This begins an attempt of the writer.
  /// - Parameter awaitsOthers: Whether to leave out events that other writers are committing.
  func filtered(_ parts: [CopyRows.Part], awaitsOthers: Bool) -> FilteredRows {
    FilteredRows(
      parts, memory: memory, writer: writer, incarnation: session.incarnation, awaitsOthers: awaitsOthers)
  }

  /// The result of a transaction that claimed `parts`.
  /// - Parameters:
  ///   - unique: Number of stored events of each part.
  ///   - purge: The purge generation that the claim read; nil when no batch was claimed.
  ///   - ledger: The rows of batches that were claimed before.
  func result(
    _ parts: [CopyRows.Part], unique: [Int32], standing: ProducerState, purge: Int64?,
    oldDuplicates: Int = 0, ledger: [BatchKey: LedgerRow] = [:]
  ) -> GroupResult {
    precondition(parts.count == unique.count, "a count for each claimed batch")
    assert(oldDuplicates >= 0, "not more events stored than sent")
    var result = GroupResult(
      outcomes: members.map { standing.answer(to: $0.batch, from: ledger) },
      newerSessions: standing.newerSessions(than: members.map(\.batch), of: session.incarnation),
      totals: totals(of: parts, unique: unique), oldDuplicates: oldDuplicates, purge: purge)
    for (part, unique) in zip(parts, unique) {
      result.outcomes[part.member] = .committed(counts(of: part, unique: unique))
    }
    return result
  }

  /// The sums over `parts`; `unique` has the number of stored events of each part.
  func totals(of parts: [CopyRows.Part], unique: [Int32]) -> GroupTotals {
    let totals = zip(parts, unique).reduce(into: GroupTotals()) { $0 += counts(of: $1.0, unique: $1.1) }
    assert(
      totals.received == totals.unique + totals.duplicate + totals.dead, "every event is counted once")
    return totals
  }

  private func counts(of part: CopyRows.Part, unique: Int32) -> BatchCounts {
    let living = members[part.member].livingCount
    precondition(unique >= 0 && living >= Int(unique), "more events stored than sent")
    return BatchCounts(
      unique: UInt32(unique), duplicate: UInt32(living - Int(unique)), dead: UInt32(part.dead.count))
  }

  /// Writes the dead events, runs `statements`, adds to this writer's counters, and commits.
  /// - Returns: The row of `counters` as the transaction left it; nil when it added nothing.
  func finish(
    _ parts: [CopyRows.Part], batchIDs: [Int64], totals: GroupTotals,
    after statements: [PostgresStatement] = []
  ) throws(PostgresError) -> StoreTotals? {
    precondition(parts.count == batchIDs.count, "an id for each claimed batch")
    try DeadEventRows(parts, batchIDs: batchIDs).insert(over: connection)
    var list = StatementList()
    for statement in statements { list.add(statement) }
    let counters = parts.isEmpty ? nil : list.add(PreparedStatements.addCounters(totals, shard: shard))
    let commit = list.add(PostgresQuery.commit)
    let results = try connection.pipeline(list)
    try checkCommit(results[commit])
    return counters.flatMap { results[$0] }
  }

  /// Checks that COMMIT was answered with its tag and without a warning. After a warning, a synchronous
  /// standby may not have confirmed the COMMIT.
  /// - Parameter tag: The command tag of COMMIT, which was the last statement of the connection.
  func checkCommit(_ tag: String) throws(PostgresError) {
    guard tag == "COMMIT" else { throw PostgresError.lost("COMMIT was answered with \(tag)") }
    if let warning = connection.warnings.first {
      throw PostgresError.lost("COMMIT came with a warning: \(warning)")
    }
  }

  /// Ends the open transaction, if there is one. If the ROLLBACK fails, the connection is broken, and its
  /// next use fails.
  private func rollBack() {
    guard connection.isInTransaction else { return }
    _ = try? connection.execute("ROLLBACK")
  }
}
