/// A replacement of the database by another. Times are nanoseconds of the machine's monotonic clock.
struct LineageChange: Hashable, Sendable {
  /// Maximum time in which a server notices another lineage and closes the connections of the former lineage.
  static let noticeLimit: Int64 = 10_000_000_000
  /// Maximum time by which the journal entry of an answer may be later than the entry of a notice that came
  /// after the answer. Different tasks write these entries.
  static let journalDelay: Int64 = 1_000_000_000

  /// Everything that was committed before this time is in the new database. Nil when every commit is.
  let diverged: Int64?
  /// Time since which servers reach only the new database.
  let switched: Int64

  /// Whether the commit that was answered at `time` may be missing in the new database.
  func mayLose(answerAt time: Int64) -> Bool {
    guard let diverged else { return false }
    return diverged <= time && time <= switched + Self.noticeLimit
  }
}
