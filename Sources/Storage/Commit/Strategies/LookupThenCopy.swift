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
    if transaction.session.isDistributed { return try commitOnCitus(in: transaction) }
    // Made before the turn, in which others wait.
    let lookup = ExistingKeyQuery(filtered.rows).query
    guard try transaction.takeTurn() else { return .again(.turnTimeout) }
    var opening = transaction.opening
    let standing = opening.add(PreparedStatements.lockProducersInScript(of: transaction.members))
    let locked = try transaction.connection.execute(opening)
    let stored = try transaction.connection.query(lookup)
    filtered.skip(stored: stored, isLearned: true)
    let copy = ClaimedCopy(filtered.rows, of: transaction.members)
    let results = try copy.open(over: transaction.connection)
    return try copy.finish(
      filtered, in: transaction, after: results, standing: locked[standing], oldDuplicates: stored.count)
  }

  /// As `commit`, with the query before BEGIN, because Citus would commit connections that have read `events` without
  /// PREPARE, and lose the events of a worker that is killed.
  ///
  /// The dedup cache does not learn the keys that the query found. A deletion is visible on the coordinator, where the
  /// purge generation is, before it is visible on the workers, so the query may find a key that was deleted.
  private mutating func commitOnCitus(in transaction: GroupTransaction) throws(PostgresError) -> GroupEnding {
    precondition(
      !transaction.takesTurn && !transaction.connection.isInTransaction, "events are read before BEGIN")
    let stored = try transaction.connection.query(ExistingKeyQuery(filtered.rows).distributedQuery)
    filtered.skip(stored: stored, isLearned: false)
    return try ClaimedCopy.commit(filtered, in: transaction, oldDuplicates: stored.count)
  }

  func place(ofRow number: Int) -> StagedPlace? { filtered.rows.place(ofRow: number) }

  consuming func end(committed purge: Int64?) { filtered.end(committed: purge) }
}
