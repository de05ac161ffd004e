internal import Ingest
internal import WireProtocol

/// The quick ways: the rows that the group will store are known beforehand, so they are copied straight into
/// `events`, and the ledger gets its final counts with the claim. Where that knowledge turns out to be
/// wrong, the transaction is undone and the group runs again in a slower way.
extension GroupTransaction {
  /// - Parameter asks: whether to ask the database first which keys it has.
  mutating func commitDirectly(asking asks: Bool) throws(PostgresError) -> GroupEnding {
    let parts = members.indices.map { CopyRows.Part(member: $0, of: members[$0]) }
    var screened = screen(parts, awaitsOthers: true)
    if !asks, fitsOneTrip(screened) { return try commitInOneTrip(parts, screened) }
    let opening =
      asks ? try openAsking(&screened) : try openAtOnce(unique: screened.rows.countsByPart)
    replaceScreened(by: screened)
    let unique = screened.rows.countsByPart
    guard opening.claims.rowCount == members.count, let purge = notePurge(opening.claims) else {
      try connection.cancelCopy()
      return .again(.claimedBefore)
    }
    guard screened.isConfirmed(purge: purge) else {
      try connection.cancelCopy()
      return .again(.forgotten)
    }
    let batchIDs = (0..<members.count).compactMap { opening.claims.integer($0, 0) }.sorted()
    let answers = try session.copy(screened.rows, batchIDs: batchIDs)
    guard answers.first?.commandTag == "COPY \(screened.rows.count)" else {
      throw PostgresError.lost("COPY was answered with \(answers.first?.commandTag ?? "nothing")")
    }
    guard screened.areAwaitedCommitted(within: Self.patienceWithOthers) else { return .again(.leftAlone) }
    let result = result(
      parts, unique: unique, standing: opening.standing, ledger: [:], oldDuplicates: opening.oldDuplicates)
    let writesSpans = SpanStatement.isWanted(answers.last)
    session.writesSpans = writesSpans
    let spans = writesSpans ? screened.rows.spanStatement() : nil
    try finish(parts, batchIDs: batchIDs, totals: result.totals, after: spans.map { [$0] } ?? [])
    return .committed(result)
  }

  private struct Opening {
    let standing: ProducerStanding
    let claims: PostgresResult
    var oldDuplicates = 0
  }

  private func openAtOnce(unique: [Int32]) throws(PostgresError) -> Opening {
    let answers = try connection.beginCopy(
      """
      \(GroupStatements.begin(members, isolation: isolation));
      \(PreparedStatements.claim(members, unique: unique));
      \(GroupStatements.copy(into: "events")); \(SpanStatement.question)
      """)
    guard answers.count == 3 else { throw PostgresError.lost("the claim was answered out of order") }
    return Opening(standing: ProducerStanding(rows: answers[1]), claims: answers[2])
  }

  private func openAsking(_ screened: inout ScreenedRows) throws(PostgresError) -> Opening {
    let begin = try connection.execute(GroupStatements.begin(members, isolation: isolation))
    let question = KeyQuestion(screened.rows).statement
    let stored = KeyQuestion.rows(in: try connection.query(question))
    screened.leaveOut(stored: stored)
    let answers = try connection.beginCopy(
      """
      \(PreparedStatements.claim(members, unique: screened.rows.countsByPart));
      \(GroupStatements.copy(into: "events")); \(SpanStatement.question)
      """)
    guard begin.count == 2, answers.count == 1 else {
      throw PostgresError.lost("the claim was answered out of order")
    }
    return Opening(
      standing: ProducerStanding(rows: begin[1]), claims: answers[0], oldDuplicates: stored.count)
  }
}
