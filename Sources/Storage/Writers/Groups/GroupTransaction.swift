internal import Ingest
internal import WireProtocol

/// The one transaction that commits a group: claim in the ledger, events, counts, COMMIT. The ways differ
/// in how the events reach their table and in when their counts are known; each is exact, whatever other
/// writers and servers do at the same time.
struct GroupTransaction {
  let session: WriterSession
  /// The row of `counters` to add to.
  let shard: Int
  let isolation: IsolationLevel
  let members: [GroupMember]
  /// The memory to ask, and the writer's number in it.
  let memory: RecentKeys
  let writer: Int
  /// Whether to count duplicates that differ from what is stored.
  let detectsConflicts: Bool
  /// Whether small groups may go straight to the table without a COPY.
  let takesOneTrip: Bool

  /// What this attempt sends, once it is known.
  private(set) var screened: ScreenedRows?
  /// The purge generation that the transaction read.
  private(set) var purge: Int64?

  /// How long a group waits for those of other writers that it counts on: they began earlier, so this only
  /// ends circles that lead through another server's locks.
  static let patienceWithOthers = Duration.milliseconds(250)

  var connection: PostgresConnection { session.connection }

  init(
    session: WriterSession, shard: Int, isolation: IsolationLevel, members: [GroupMember],
    memory: RecentKeys, writer: Int, detectsConflicts: Bool = false, takesOneTrip: Bool = false
  ) {
    self.session = session
    self.shard = shard
    self.isolation = isolation
    self.members = members
    self.memory = memory
    self.writer = writer
    self.detectsConflicts = detectsConflicts
    self.takesOneTrip = takesOneTrip
  }

  /// Runs it, once.
  /// - Throws: `GroupFailure`. Nothing was decided, unless the connection is lost: then nobody knows, and
  ///   the same group on a new connection finds out from the ledger.
  mutating func commit(_ way: WritingWay) throws(GroupFailure) -> GroupEnding {
    do throws(PostgresError) {
      let ending = way == .staged ? try commitStaged() : try commitDirectly(asking: way == .probe)
      if case .committed = ending {
        screened?.end(committed: purge)
      } else {
        screened?.end(committed: nil)
        rollBack()
      }
      return ending
    } catch {
      screened?.end(committed: nil)
      if error.isConnectionLost { memory.drop() } else { rollBack() }
      if way != .staged, error.state == Self.uniqueViolation { return .again(.overtaken) }
      throw GroupFailure(
        error: error, refused: refusedRow(error).flatMap { screened?.rows.place(ofRow: $0) })
    }
  }

  private static let uniqueViolation: SQLState = "23505"

  /// Decides about the rows of `parts`; they are what this attempt sends.
  /// - Parameter awaitsOthers: whether to leave out what other writers are about to commit.
  mutating func screen(_ parts: [CopyRows.Part], awaitsOthers: Bool) -> ScreenedRows {
    precondition(screened == nil, "one attempt")
    let rows = ScreenedRows(parts, memory: memory, writer: writer, awaitsOthers: awaitsOthers)
    screened = rows
    return rows
  }

  /// What this attempt sends, with fewer rows than before.
  mutating func replaceScreened(by rows: ScreenedRows) {
    screened = rows
  }

  /// Takes note of the generation that the claim read.
  /// - Returns: nil when nothing was claimed.
  mutating func notePurge(_ claims: PostgresResult) -> Int64? {
    purge = claims.rowCount > 0 ? claims.integer(0, 1) : nil
    return purge
  }

  /// The result of a transaction that claimed `parts`, of which `unique` events each were stored.
  func result(
    _ parts: [CopyRows.Part], unique: [Int32], standing: ProducerStanding, ledger: [BatchKey: LedgerRow],
    oldDuplicates: Int
  ) -> GroupResult {
    var result = GroupResult(
      outcomes: members.map { standing.answer(to: $0.batch, from: ledger) },
      newerSessions: standing.newerSessions(than: members.map(\.batch)),
      totals: totals(of: parts, unique: unique), oldDuplicates: oldDuplicates)
    for (part, unique) in zip(parts, unique) {
      result.outcomes[part.member] = .committed(counts(of: part, unique: unique))
    }
    return result
  }

  /// The sums over `parts`, of which `unique` events each are stored.
  func totals(of parts: [CopyRows.Part], unique: [Int32]) -> GroupTotals {
    zip(parts, unique).reduce(into: GroupTotals()) { $0 += counts(of: $1.0, unique: $1.1) }
  }

  private func counts(of part: CopyRows.Part, unique: Int32) -> BatchCounts {
    let living = members[part.member].livingCount
    assert(living >= Int(unique), "more events stored than sent")
    return BatchCounts(
      unique: UInt32(unique), duplicate: UInt32(living - Int(unique)), dead: UInt32(part.dead.count))
  }

  /// Dead events, `statements`, this writer's counters, COMMIT.
  func finish(
    _ parts: [CopyRows.Part], batchIDs: [Int64], totals: GroupTotals,
    after statements: [PostgresStatement] = []
  ) throws(PostgresError) {
    try DeadEventRows(parts, batchIDs: batchIDs).insert(over: connection)
    var statements = statements
    if !parts.isEmpty { statements.append(PreparedStatements.addCounters(totals, shard: shard)) }
    try checkCommit(try connection.pipeline(statements + [PostgresStatement("COMMIT")]))
  }

  /// COMMIT counts only with its tag and without a warning: with one, a synchronous standby may not have
  /// confirmed it.
  /// - Parameter answers: to a pipeline that ends with COMMIT.
  func checkCommit(_ answers: [PostgresResult]) throws(PostgresError) {
    guard answers.last?.commandTag == "COMMIT" else {
      throw PostgresError.lost("COMMIT was answered with \(answers.last?.commandTag ?? "nothing")")
    }
    if let warning = connection.warnings.first {
      throw PostgresError.lost("COMMIT came with a warning: \(warning)")
    }
  }

  /// Leaves the connection without a transaction; where that fails it is broken, and found to be so.
  func rollBack() {
    guard connection.isInTransaction else { return }
    _ = try? connection.execute("ROLLBACK")
  }

  private func refusedRow(_ error: PostgresError) -> Int? {
    RetryPolicy.isDataError(error.state) ? error.copyRow : nil
  }
}
