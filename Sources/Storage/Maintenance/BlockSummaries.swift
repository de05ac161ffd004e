internal import Logging

/// Keeps the BRIN index on `events.batch_id` up to date, on a thread and a connection of its own.
///
/// Postgres summarises new blocks when it vacuums, which may be a minute or a million rows away; until then
/// every reader by groups and every live tail looks at all of them. Summarising costs a look at each block,
/// once in its life, while it is still in memory. Where the role does not own the table it can not be done;
/// autovacuum does it then, and readers are slower meanwhile.
final class BlockSummaries {
  private let connection: ConnectionSettings
  private let stop: StopSignal
  private let logger: Logger
  /// Ranges before this one are summarised; nil before the first look.
  private var done: Int64?

  /// Blocks of a range, as the index was made with.
  static let rangeBlocks: Int64 = 128
  /// Ranges at the end that are left alone: they are being filled, and each row that comes into a range which
  /// is summarised is compared with the summary.
  static let filledRanges: Int64 = 4
  /// Ranges that one statement summarises, so that each is short.
  private static let rangesAtOnce: Int64 = 256
  /// Between two looks while events come, and when none came for a while.
  private static let pauses = Duration.milliseconds(250)...Duration.seconds(2)

  /// - Parameter stop: ends it.
  init(_ connection: ConnectionSettings, stop: StopSignal, logger: Logger) {
    var patient = connection
    // Shorter than `deadlock_timeout`, after which Postgres would end a vacuum that is in the way.
    patient.lockTimeout = .milliseconds(200)
    self.connection = patient
    self.stop = stop
    self.logger = logger
  }

  /// Works until it is told to stop, or may not.
  func run() {
    var link: PostgresConnection?
    var pause = Self.pauses.lowerBound
    while !stop.isSet {
      do throws(PostgresError) {
        let current = if let link { link } else { try PostgresConnection(connection) }
        link = current
        pause = try summarise(over: current) ? Self.pauses.lowerBound : min(pause * 2, Self.pauses.upperBound)
      } catch {
        if error.state == "42501" {
          logger.log(
            .info, "new blocks are summarised by autovacuum alone, since the role does not own the table", [:]
          )
          return
        }
        // A vacuum is in the way, or the database is away: the writers say so, and louder.
        logger.log(.debug, "new blocks are not summarised yet", [.error: "\(error.message)"])
        if error.isConnectionLost { link = nil }
      }
      stop.pause(for: pause)
    }
  }

  /// Summarises the ranges that were filled since the last look.
  /// - Returns: Whether there were any.
  func summarise(over connection: PostgresConnection) throws(PostgresError) -> Bool {
    let size = try connection.query("SELECT pg_relation_size('events') / current_setting('block_size')::int")
    let filled = (size.integer(0, 0) ?? 0) / Self.rangeBlocks - Self.filledRanges
    guard var next = done, next <= filled + Self.filledRanges else {
      _ = try connection.query("SELECT brin_summarize_new_values('events_batch_id')")
      done = max(0, filled)
      return true
    }
    let isWork = next < filled
    while next < filled, !stop.isSet {
      let end = min(filled, next + Self.rangesAtOnce)
      _ = try connection.query(
        """
        SELECT count(brin_summarize_range('events_batch_id', range * \(Self.rangeBlocks)))
        FROM generate_series($1::bigint, $2::bigint) AS range
        """, [.bigint(next), .bigint(end - 1)])
      next = end
      done = end
    }
    return isWork
  }
}
