/// Vacuums `events` in pieces, each as soon as enough blocks were filled.
///
/// Autovacuum looks once a minute, pauses between blocks, and takes tens of seconds for what came in
/// meanwhile. As long as it runs nobody can summarise blocks (both take the same lock), and a reader by groups
/// looks at each of those that are not summarised: pages took up to two seconds. A vacuum of a few hundred
/// thousand new events takes a fifth of a second, since it finds their blocks still in memory. One of a
/// million read them back, and took five.
struct EventVacuum {
  /// Blocks of the table when it was vacuumed last; nil before the first look.
  private(set) var vacuumed: Int64?

  /// The fewest new blocks that make it due: 48 MiB, about 200,000 events; less than shared memory holds.
  static let fewestBlocks: Int64 = 6_144
  /// The share of the whole table that makes it due, as a divisor: a vacuum looks at a bit for each block.
  private static let share: Int64 = 512

  /// Whether a table of `blocks` is to be vacuumed. What was there at the first look is left to autovacuum.
  mutating func isDue(blocks: Int64) -> Bool {
    guard let vacuumed, vacuumed <= blocks else {
      self.vacuumed = blocks
      return false
    }
    return blocks - vacuumed >= max(Self.fewestBlocks, blocks / Self.share)
  }

  /// Vacuums when it is due. Of several servers that find it due together one does it.
  /// - Parameter blocks: the size of the table now.
  mutating func runIfDue(blocks: Int64, over connection: PostgresConnection) throws(PostgresError) {
    guard isDue(blocks: blocks) else { return }
    // TRUNCATE would lock readers and writers out; a single process leaves the others their processors.
    try connection.execute("VACUUM (SKIP_LOCKED, TRUNCATE off, PARALLEL 0) events")
    vacuumed = blocks
  }
}
