internal import Ingest
internal import WireProtocol

/// The one transaction that commits a group: claim in the ledger, COPY into staging, sorted INSERT, counts,
/// COMMIT. Always right, whatever other writers and servers do at the same time.
struct GroupTransaction {
  let session: WriterSession
  /// The row of `counters` to add to.
  let shard: Int
  let isolation: IsolationLevel
  let members: [GroupMember]

  private var connection: PostgresConnection { session.connection }

  /// Runs it.
  /// - Returns: What was decided; it is durable.
  /// - Throws: `GroupFailure`. Nothing was decided, unless the connection is lost: then nobody knows, and
  ///   the same group on a new connection finds out from the ledger.
  func commit() throws(GroupFailure) -> GroupResult {
    var rows = CopyRows(parts: [])
    do throws(PostgresError) {
      let opening = try connection.beginCopy(
        GroupStatements.opening(members, isolation: isolation, staging: &session.staging))
      guard opening.count == 4 else { throw PostgresError.lost("the claim was answered out of order") }
      let standing = ProducerStanding(rows: opening[2])
      rows = CopyRows(parts: claimedMembers(opening[3]))
      let unique = try stage(rows)
      let ledger = try lookUp(unclaimed(rows.parts, standing))
      return try finish(rows.parts, unique: unique, standing: standing, ledger: ledger)
    } catch {
      abandon(after: error)
      throw GroupFailure(error: error, refused: refusedRow(error).flatMap { rows.place(ofRow: $0) })
    }
  }

  /// Whether the database takes the rows of `positions` of the first member. Leaves no trace.
  func accepts(_ positions: Range<Int>) throws(PostgresError) -> Bool {
    var part = CopyRows.Part(member: 0, batchID: 0, of: members[0])
    part.positions = positions
    do throws(PostgresError) {
      _ = try connection.beginCopy(
        GroupStatements.trial(rows: positions.count, staging: &session.staging))
      _ = try stage(CopyRows(parts: [part]))
      return true
    } catch {
      abandon(after: error)
      guard RetryPolicy.isDataError(error.state) else { throw error }
      return false
    }
  }

  /// Sends the rows, and has the INSERT behind the COPY run.
  /// - Returns: How many events each `batch_id` stored, where it is any.
  private func stage(_ rows: CopyRows) throws(PostgresError) -> [Int64: Int32] {
    guard let counts = try session.copy(rows).first else {
      throw PostgresError.lost("the INSERT was not answered")
    }
    var unique: [Int64: Int32] = [:]
    for row in 0..<counts.rowCount {
      guard let batchID = counts.integer(row, 0), let count = counts.integer(row, 1) else { continue }
      unique[batchID] = Int32(clamping: count)
    }
    return unique
  }

  private func claimedMembers(_ claims: PostgresResult) -> [CopyRows.Part] {
    let ids = (0..<claims.rowCount).compactMap { claims.integer($0, 0) }
    // Sorted by id, which is the order of the group: among equal keys the first batch counts the event.
    return ids.sorted().map { id in
      let place = Int(id % Int64(GroupStatements.batchesInGroup))
      return CopyRows.Part(member: place, batchID: id, of: members[place])
    }
  }

  /// Members that another transaction claimed: registered, above the floor, and not ours.
  private func unclaimed(_ claims: [CopyRows.Part], _ standing: ProducerStanding) -> [IngestBatch] {
    guard claims.count < members.count else { return [] }
    let claimed = Set(claims.map(\.member))
    return members.indices
      .filter { !claimed.contains($0) && standing.isAboveFloor(members[$0].batch.key) }
      .map { members[$0].batch }
  }

  private func lookUp(_ batches: [IngestBatch]) throws(PostgresError) -> [BatchKey: LedgerRow] {
    guard !batches.isEmpty else { return [:] }
    let statement = GroupStatements.lookup(batches)
    let ledger = LedgerRow.read(try connection.query(statement.sql, statement.parameters))
    guard batches.allSatisfy({ ledger[$0.key.asStored] != nil }) else {
      // The transaction that claimed it rolled back in between. Never an answer: all of it again.
      throw PostgresError(
        state: "40001", message: "a batch was neither claimed nor found", isConnectionLost: false)
    }
    return ledger
  }

  private func finish(
    _ claims: [CopyRows.Part], unique: [Int64: Int32], standing: ProducerStanding,
    ledger: [BatchKey: LedgerRow]
  ) throws(PostgresError) -> GroupResult {
    var result = GroupResult(
      outcomes: members.map { standing.answer(to: $0.batch, from: ledger) },
      newerSessions: standing.newerSessions(than: members.map(\.batch)), totals: GroupTotals())
    var stored: [(batch: IngestBatch, unique: Int32)] = []
    for claim in claims {
      let count = unique[claim.batchID] ?? 0
      if count > 0 { stored.append((claim.batch, count)) }
      let living = members[claim.member].livingCount
      assert(living >= Int(count), "more events stored than staged")
      let counts = BatchCounts(
        unique: UInt32(count), duplicate: UInt32(living - Int(count)), dead: UInt32(claim.dead.count))
      result.outcomes[claim.member] = .committed(counts)
      result.totals += counts
    }
    try DeadEventRows(claims).insert(over: connection)
    var statements = stored.isEmpty ? [] : [GroupStatements.ledgerCounts(stored)]
    if !claims.isEmpty { statements.append(GroupStatements.counters(result.totals, shard: shard)) }
    try commit(statements)
    return result
  }

  /// COMMIT counts only with its tag and without a warning: with one, a synchronous standby may not have
  /// confirmed it.
  private func commit(_ statements: [PostgresStatement]) throws(PostgresError) {
    let answers = try connection.pipeline(statements + [PostgresStatement("COMMIT")])
    guard answers.last?.commandTag == "COMMIT" else {
      throw PostgresError.lost("COMMIT was answered with \(answers.last?.commandTag ?? "nothing")")
    }
    if let warning = connection.warnings.first {
      throw PostgresError.lost("COMMIT came with a warning: \(warning)")
    }
  }

  /// Leaves the connection without a transaction; where that fails it is broken, and found to be so.
  private func abandon(after error: PostgresError) {
    guard !error.isConnectionLost, connection.isInTransaction else { return }
    _ = try? connection.execute("ROLLBACK")
  }

  private func refusedRow(_ error: PostgresError) -> Int? {
    RetryPolicy.isDataError(error.state) ? error.copyRow : nil
  }
}
