internal import Logging

/// Keeps `events` quick to read while it grows, on a thread and a connection of its own: summarises new
/// blocks and vacuums in small pieces.
///
/// Where the role does not own the table, autovacuum alone does both, and readers are slower meanwhile.
final class EventUpkeep {
  private let connection: ConnectionSettings
  private let stop: StopSignal
  private let logger: Logger
  private var summaries = BlockSummaries()
  private var vacuum = EventVacuum()

  /// Between two looks while events come, and when none came for a while.
  private static let pauses = Duration.milliseconds(100)...Duration.seconds(2)

  /// - Parameter stop: ends it.
  init(_ connection: ConnectionSettings, stop: StopSignal, logger: Logger) {
    var patient = connection
    // Shorter than `deadlock_timeout`, after which Postgres would end an autovacuum that is in the way.
    patient.lockTimeout = .milliseconds(200)
    // A vacuum of a table that was never vacuumed; what it did until then stays done.
    patient.statementTimeout = .seconds(120)
    patient.answerTimeout = .seconds(130)
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
        pause = try work(over: current) ? Self.pauses.lowerBound : min(pause * 2, Self.pauses.upperBound)
      } catch {
        if error.state == "42501" {
          logger.log(
            .info, "events are vacuumed by autovacuum alone, since the role does not own the table", [:])
          return
        }
        // A vacuum is in the way, or the database is away: the writers say so, and louder.
        logger.log(.debug, "new blocks are not summarised yet", [.error: "\(error.message)"])
        if error.isConnectionLost { link = nil }
      }
      stop.pause(for: pause)
    }
  }

  /// - Returns: Whether there was something to do.
  private func work(over connection: PostgresConnection) throws(PostgresError) -> Bool {
    let size = try connection.query("SELECT pg_relation_size('events') / current_setting('block_size')::int")
    let blocks = size.integer(0, 0) ?? 0
    let isWork = try summaries.summarise(blocks: blocks, over: connection, until: stop)
    try vacuum.runIfDue(blocks: blocks, over: connection)
    return isWork
  }
}
