internal import PostgresClient

/// Vacuums `events` in small pieces, each as soon as enough blocks were filled.
///
/// Autovacuum checks once a minute, pauses between blocks, and then takes tens of seconds for the events of
/// that time. While it runs nobody can summarise blocks, because both take the same lock, and a reader by
/// groups reads every block without a summary: pages took up to 2 s. Vacuuming a few hundred thousand new
/// events takes 0.2 s, because their blocks are still cached. Vacuuming a million took 5 s, because the
/// blocks had to be read back.
struct EventVacuum {
  /// Blocks of the table at the last vacuum; nil before the first call.
  private(set) var vacuumed: Int64?

  /// Fewest new blocks that make a vacuum due: 48 MiB, about 200,000 events, less than shared memory holds.
  static let fewestBlocks: Int64 = 6_144
  /// Divisor of the table's size: new blocks that are a smaller share of the table make no vacuum due,
  /// because each vacuum reads a bit for every block of the table.
  private static let share: Int64 = 512

  /// Whether a table of `blocks` blocks is due for a vacuum. Blocks that existed at the first call are left
  /// to autovacuum.
  mutating func isDue(blocks: Int64) -> Bool {
    precondition(blocks >= 0, "a size in blocks")
    guard let vacuumed, vacuumed <= blocks else {
      self.vacuumed = blocks
      return false
    }
    return blocks - vacuumed >= max(Self.fewestBlocks, blocks / Self.share)
  }

  /// Vacuums the table if that is due. If several servers try at the same time, one of them vacuums.
  /// - Parameter blocks: the size of the table now.
  /// - Returns: Whether a vacuum was due.
  @discardableResult
  mutating func runIfDue(blocks: Int64, over connection: PostgresConnection) throws(PostgresError) -> Bool {
    guard isDue(blocks: blocks) else { return false }
    // TRUNCATE would lock out readers and writers. PARALLEL 0 leaves the other processors to them.
    try connection.execute("VACUUM (SKIP_LOCKED, TRUNCATE off, PARALLEL 0) events")
    vacuumed = blocks
    return true
  }
}
