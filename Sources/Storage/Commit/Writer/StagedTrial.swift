internal import Ingest
internal import PostgresClient

/// A transaction that sends events of one batch into the staging table and rolls back. It finds out whether
/// the database accepts them; nothing is stored.
struct StagedTrial {
  let session: WriterConnection

  /// Stages the living events of `member`, to find out whether a group of its size can be sent.
  /// - Throws: The database's error, after a ROLLBACK, or a lost connection.
  func send(_ member: GroupMember) throws(PostgresError) {
    try run(member, 0..<member.batch.received, inserts: false)
  }

  /// Stages the living events of `member` at `positions` and inserts them, to find out whether the database
  /// accepts them.
  /// - Throws: The database's error, after a ROLLBACK, or a lost connection.
  func store(_ positions: Range<Int>, of member: GroupMember) throws(PostgresError) {
    try run(member, positions, inserts: true)
  }

  private func run(_ member: GroupMember, _ positions: Range<Int>, inserts: Bool) throws(PostgresError) {
    precondition(
      positions.lowerBound >= 0 && positions.upperBound <= member.batch.received, "positions of the batch")
    var part = CopyRows.Part(member: 0, of: member)
    part.positions = positions
    var rows = CopyRows(parts: [part])
    rows.sort()
    var statements = StatementList()
    statements.add(PostgresStatement("BEGIN"))
    statements.add(session.staging.clear(for: inserts ? positions.count : rows.count))
    _ = statements.addCopy(GroupStatements.copy(into: StagingTable.name))
    if inserts { _ = statements.add(session.stagedInsertion) }
    statements.add(PostgresStatement("ROLLBACK"))
    do throws(PostgresError) {
      _ = try session.connection.beginCopy(statements)
      _ = try session.copy(rows, batchIDs: [0], of: statements)
      assert(!session.connection.isInTransaction, "a trial leaves no transaction open")
    } catch {
      // If the ROLLBACK fails, the connection is broken, and its next use fails.
      if !error.isConnectionLost, session.connection.isInTransaction {
        _ = try? session.connection.execute("ROLLBACK")
      }
      throw error
    }
  }
}
