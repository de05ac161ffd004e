internal import Ingest
internal import WireProtocol

/// The way that is always right: the rows go into a temporary table, and one sorted INSERT ... ON CONFLICT
/// DO NOTHING decides which of them are new.
extension GroupTransaction {
  mutating func commitStaged() throws(PostgresError) -> GroupEnding {
    let opening = try connection.beginCopy(
      GroupStatements.stagedOpening(members, isolation: isolation, staging: &session.staging))
    guard opening.count == 4 else { throw PostgresError.lost("the claim was answered out of order") }
    let standing = ProducerStanding(rows: opening[1])
    let batchIDs = (0..<opening[2].rowCount).compactMap { opening[2].integer($0, 0) }.sorted()
    let parts = claimedMembers(batchIDs)
    let screened = screen(parts, awaitsOthers: false)
    if let purge = notePurge(opening[2]), !screened.isConfirmed(purge: purge) {
      try connection.cancelCopy()
      return .again(.forgotten)
    }
    let stored = try stage(screened.rows, batchIDs: batchIDs)
    let ledger = try lookUp(unclaimed(parts, standing))
    let unique = batchIDs.map { stored.byBatch[$0] ?? 0 }
    let storedCount = unique.reduce(0) { $0 + Int($1) }
    var result = result(
      parts, unique: unique, standing: standing, ledger: ledger,
      oldDuplicates: screened.rows.count - storedCount)
    if detectsConflicts {
      result.totals.conflicts = try ConflictCount(
        connection: connection, payloadType: session.payloadType
      ).count(among: screened.rows, unique: storedCount)
    }
    let counted = zip(parts, unique).filter { $0.1 > 0 }.map { (batch: $0.0.batch, unique: $0.1) }
    var statements = counted.isEmpty ? [] : [GroupStatements.ledgerCounts(counted)]
    session.writesSpans = stored.writesSpans
    if stored.writesSpans, let spans = screened.rows.spanStatement(stored: stored.byTopic) {
      statements.append(spans)
    }
    try finish(parts, batchIDs: batchIDs, totals: result.totals, after: statements)
    return .committed(result)
  }

  /// Whether the database takes the rows of `positions` of the first member. Leaves no trace.
  func accepts(_ positions: Range<Int>) throws(PostgresError) -> Bool {
    var part = CopyRows.Part(member: 0, of: members[0])
    part.positions = positions
    var rows = CopyRows(parts: [part])
    rows.sort()
    do throws(PostgresError) {
      _ = try connection.beginCopy(
        GroupStatements.trial(rows: positions.count, staging: &session.staging))
      _ = try stage(rows, batchIDs: [0])
      return true
    } catch {
      if !error.isConnectionLost { rollBack() }
      guard RetryPolicy.isDataError(error.state) else { throw error }
      return false
    }
  }

  /// How many events the INSERT stored, where it is any.
  private struct StoredCounts {
    var byBatch: [Int64: Int32] = [:]
    var byTopic: [[UInt8]: Int] = [:]
    /// Whether there is an index of spans.
    var writesSpans = false
  }

  /// Sends the rows, and has the INSERT behind the COPY run.
  private func stage(_ rows: CopyRows, batchIDs: [Int64]) throws(PostgresError) -> StoredCounts {
    let answers = try session.copy(rows, batchIDs: batchIDs)
    guard answers.count > 1 else { throw PostgresError.lost("the INSERT was not answered") }
    var counts = StoredCounts()
    for row in 0..<answers[1].rowCount {
      guard let batchID = answers[1].integer(row, 0), let topic = answers[1].bytes(row, 1),
        let count = answers[1].integer(row, 2)
      else { continue }
      counts.byBatch[batchID, default: 0] += Int32(clamping: count)
      counts.byTopic[topic, default: 0] += Int(count)
    }
    counts.writesSpans = SpanStatement.isWanted(answers.last)
    return counts
  }

  /// Sorted by id, which is the order of the group: among equal keys the first batch counts the event.
  private func claimedMembers(_ batchIDs: [Int64]) -> [CopyRows.Part] {
    batchIDs.map { id in
      let place = Int(id % Int64(GroupStatements.batchesInGroup))
      return CopyRows.Part(member: place, of: members[place])
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
    let ledger = LedgerRow.read(try connection.query(statement))
    guard batches.allSatisfy({ ledger[$0.key.asStored] != nil }) else {
      // The transaction that claimed it rolled back in between. Never an answer: all of it again.
      throw PostgresError(
        state: "40001", message: "a batch was neither claimed nor found", isConnectionLost: false)
    }
    return ledger
  }
}
