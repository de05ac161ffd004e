internal import Ingest
internal import PostgresClient

/// The strategy `lookupThenCopy`: a query for the keys that are stored already; then as `directCopy`, without
/// these events.
struct LookupThenCopy: CommitStrategy, ~Copyable {
  static let name = StrategyName.lookupThenCopy
  private var filtered: FilteredRows

  /// - Parameter filtered: The rows of all members of the group.
  init(_ filtered: consuming FilteredRows) {
    self.filtered = filtered
  }

  mutating func commit(in transaction: GroupTransaction) throws(PostgresError) -> GroupEnding {
    var opening = StatementList()
    opening.add(PostgresStatement(transaction.isolation.begin))
    let standing = opening.add(PreparedStatements.lockProducersInScript(of: transaction.members))
    let locked = try transaction.connection.execute(opening)
    let stored = try transaction.connection.query(ExistingKeyQuery(filtered.rows).query)
    filtered.skip(stored: stored)
    let copy = ClaimedCopy(filtered.rows, of: transaction.members)
    let results = try copy.open(over: transaction.connection)
    return try copy.finish(
      filtered, in: transaction, after: results, standing: locked[standing], oldDuplicates: stored.count)
  }

  func place(ofRow number: Int) -> StagedPlace? { filtered.rows.place(ofRow: number) }

  consuming func end(committed purge: Int64?) { filtered.end(committed: purge) }
}
