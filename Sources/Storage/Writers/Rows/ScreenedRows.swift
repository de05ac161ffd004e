/// The rows of an attempt, and what the memory of recent keys said about them.
struct ScreenedRows {
  /// What goes to the database; sorted.
  private(set) var rows: CopyRows
  private let memory: RecentKeys
  private let keys: [KeyHash]
  private let screening: KeyScreening
  private let writer: Int

  /// Rows of `parts` without those that `memory` knows. The attempt that this begins must be ended.
  /// - Parameter awaitsOthers: whether to leave out what other writers are about to commit.
  init(_ parts: [CopyRows.Part], memory: RecentKeys, writer: Int, awaitsOthers: Bool) {
    var rows = CopyRows(parts: parts)
    keys = rows.keyHashes(memory.hasher)
    screening = memory.begin(keys, writer: writer, awaitsOthers: awaitsOthers)
    rows.leaveOut(screening.verdicts)
    rows.sort()
    self.rows = rows
    self.memory = memory
    self.writer = writer
  }

  /// Whether these rows count on groups of other writers, of which nobody knows yet how they end.
  var countsOnOthers: Bool { !screening.awaited.isEmpty }

  /// The purge generation that the transaction must read; nil when any will do.
  var neededPurge: Int64? { screening.leavesOut ? screening.purge : nil }

  /// Whether what the memory said has not been forgotten since.
  var isStillKnown: Bool { memory.holds(screening) }

  /// Leaves out rows that are stored already, by their numbers from 0, which ascend.
  mutating func leaveOut(stored numbers: [Int]) {
    rows.leaveOut(rows: numbers)
  }

  /// Whether what the memory said holds in the transaction that read the generation `purge`.
  func isConfirmed(purge: Int64) -> Bool {
    memory.confirms(screening, purge: purge)
  }

  /// Waits until the groups that these rows count on have ended.
  /// - Returns: Whether all committed within `limit` each.
  func areAwaitedCommitted(within limit: Duration) -> Bool {
    screening.awaited.allSatisfy { $0.isCommitted(within: limit) == true }
  }

  /// Ends the attempt: once, on every way out.
  /// - Parameter purge: the generation that the committed transaction read; nil when it did not commit.
  func end(committed purge: Int64?) {
    memory.end(screening, keys: keys, writer: writer, committed: purge)
  }
}
