internal import Ingest
internal import WireProtocol

/// The quickest way for small groups, which spend more time waiting for answers than in the database:
/// everything from BEGIN to COMMIT is sent at once, and the rows are parameters of an INSERT. What the other
/// ways look at in between is demanded of the database instead: where it is not so, a statement fails,
/// nothing behind it runs, and the group runs again in a slower way.
extension GroupTransaction {
  /// More rows are better off with a COPY.
  static let rowsInOneTrip = 256
  /// They are sent before anything is read, so they must fit into the buffers of a socket.
  private static let bytesInOneTrip = 64 << 10

  /// Whether all of it can be said beforehand.
  func fitsOneTrip(_ screened: ScreenedRows) -> Bool {
    takesOneTrip && session.writesSpans != nil && !screened.countsOnOthers
      && screened.rows.count <= Self.rowsInOneTrip && members.allSatisfy { $0.dead.isEmpty }
      && members.reduce(0) { $0 + $1.batch.byteCount } <= Self.bytesInOneTrip
  }

  /// - Parameter parts: All members, in their order, of which `screened` has the rows to send.
  mutating func commitInOneTrip(
    _ parts: [CopyRows.Part], _ screened: ScreenedRows
  ) throws(PostgresError) -> GroupEnding {
    guard screened.isStillKnown else { return .again(.forgotten) }
    let unique = screened.rows.countsByPart
    do throws(PostgresError) {
      let answers = try connection.pipeline(statements(parts, screened, unique))
      try checkCommit(answers)
      guard let purge = notePurge(answers[2]) else {
        throw PostgresError.lost("the claim was answered out of order")
      }
      // What was left out is right, or the claim had failed; this is for what will be remembered.
      _ = screened.isConfirmed(purge: purge)
      return .committed(
        result(
          parts, unique: unique, standing: ProducerStanding(rows: answers[1]), ledger: [:],
          oldDuplicates: 0))
    } catch {
      guard !error.isConnectionLost, error.state == PreparedStatements.broken else { throw error }
      session.writesSpans = nil
      return .again(.claimedBefore)
    }
  }

  private func statements(
    _ parts: [CopyRows.Part], _ screened: ScreenedRows, _ unique: [Int32]
  ) -> [PostgresStatement] {
    let writesSpans = session.writesSpans == true
    var statements = [
      PostgresStatement(isolation.begin),
      PreparedStatements.lockProducers(of: members),
      PreparedStatements.claimAll(members, unique: unique, purge: screened.neededPurge),
      PreparedStatements.insert(screened.rows.arrays),
      SpanStatement.demand(writesSpans),
    ]
    if writesSpans, let spans = screened.rows.spanStatement() { statements.append(spans) }
    return statements + [
      PreparedStatements.addCounters(totals(of: parts, unique: unique), shard: shard),
      PostgresStatement("COMMIT"),
    ]
  }
}
