internal import Ingest
internal import PostgresClient

/// The strategy `directCopy`: claim with final counts and COPY into `events`, in one round trip.
struct DirectCopy: CommitStrategy, ~Copyable {
  static let name = StrategyName.directCopy
  private let filtered: FilteredRows

  /// - Parameter filtered: The rows of all members of the group.
  init(_ filtered: consuming FilteredRows) {
    self.filtered = filtered
  }

  func commit(in transaction: GroupTransaction) throws(PostgresError) -> GroupEnding {
    try ClaimedCopy.commit(filtered, in: transaction, oldDuplicates: 0)
  }

  func place(ofRow number: Int) -> StagedPlace? { filtered.rows.place(ofRow: number) }

  consuming func end(committed purge: Int64?) { filtered.end(committed: purge) }
}
