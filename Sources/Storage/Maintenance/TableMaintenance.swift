internal import Base
internal import Logging
internal import PostgresClient

/// Keeps reads of `events` fast while the table grows, on a thread and a connection of its own. It summarises
/// new blocks and vacuums in small pieces. It also vacuums the tables from which retention deleted rows, and
/// summarises the freed blocks again.
///
/// If the role does not own the table, autovacuum alone does both, and reads are slower until it has.
final class TableMaintenance {
  private let connection: ConnectionSettings
  private let stop: StopSignal
  private let logger: Logger
  private var summaries = BlockSummaries()
  private var vacuum = EventVacuum()
  private let freed: FreedRanges
  private var pause = VacuumPause()

  /// Time for which one connection is used. Only a new connection shows which server the address leads to
  /// after a failover.
  private static let longestUse = Duration.seconds(30)
  /// Pause between two checks: the shortest while events arrive, the longest when none arrived for a while.
  private static let pauses = Duration.milliseconds(100)...Duration.seconds(2)

  /// - Parameters:
  ///   - freed: block ranges that retention freed.
  ///   - stop: ends the work.
  init(
    _ connection: ConnectionSettings, freed: FreedRanges = FreedRanges(), stop: StopSignal, logger: Logger
  ) {
    // A vacuum has no timeout, because a vacuum that is cut off starts again from nothing.
    var vacuuming = connection.withoutStatementTimeout
    // Shorter than `deadlock_timeout`, after which Postgres would cancel an autovacuum that blocks this
    // thread.
    vacuuming.lockTimeout = .milliseconds(200)
    self.connection = vacuuming
    self.freed = freed
    self.stop = stop
    self.logger = logger
  }

  /// Works until `stop` is set, or until the database refuses because the role lacks the right.
  func run() {
    var link: PostgresConnection?
    var madeAt = ContinuousClock.now
    var pause = Self.pauses.lowerBound
    while !stop.isSet {
      do throws(PostgresError) {
        let now = ContinuousClock.now
        if now - madeAt >= Self.longestUse { link = nil }
        if link == nil { madeAt = now }
        let current = if let link { link } else { try connect() }
        link = current
        pause = try work(over: current) ? Self.pauses.lowerBound : min(pause * 2, Self.pauses.upperBound)
      } catch {
        if error.state == "42501" {
          logger.log(
            .info, "events are vacuumed by autovacuum alone, since the role does not own the table", [:])
          return
        }
        // A vacuum holds the lock, or the database is unavailable. Logged at debug only, because the writers
        // report an outage at a higher level.
        logger.log(.debug, "new blocks are not summarised yet", [.error: "\(error.message)"])
        if error.isConnectionLost { link = nil }
      }
      stop.pause(for: pause)
    }
  }

  /// - Returns: Whether there was work to do.
  private func work(over connection: PostgresConnection) throws(PostgresError) -> Bool {
    let size = try connection.query("SELECT pg_relation_size('events') / current_setting('block_size')::int")
    let blocks = size.integer(0, 0) ?? 0
    var isWork = try summaries.summarise(blocks: blocks, over: connection, until: stop)
    guard pause.isOver(at: .now) else { return isWork }
    let begin = ContinuousClock.now
    do throws(PostgresError) {
      let isGrown = try vacuum.runIfDue(blocks: blocks, over: connection)
      let outcomes = try vacuumFreed(over: connection)
      if outcomes.contains(.kept) {
        pause.leftRows(after: begin.duration(to: .now), at: .now)
        return isWork
      }
      guard isGrown || outcomes.contains(.done) else { return isWork }
      isWork = true
    } catch {
      // A lock that another process holds for a moment, such as an autovacuum, is no failure.
      if error.state != "55P03" { pause.failed(after: begin.duration(to: .now), at: .now) }
      throw error
    }
    pause.succeeded(after: begin.duration(to: .now), at: .now)
    return isWork
  }

  private func vacuumFreed(over connection: PostgresConnection) throws(PostgresError) -> [TableVacuum.Outcome]
  {
    var outcomes: [TableVacuum.Outcome] = []
    for table in AgedTable.names where !stop.isSet {
      let rows = freed.rows(of: table)
      let vacuum = TableVacuum(connection: connection, table: table)
      guard rows > 0, try vacuum.isDue(deletedRows: rows) else { continue }
      outcomes.append(try vacuum.run(freed))
    }
    return outcomes
  }

  private func connect() throws(PostgresError) -> PostgresConnection {
    let link = try PostgresConnection(connection)
    try link.execute(TableVacuum.costs)
    return link
  }
}

extension ConnectionSettings {
  /// These settings without a statement timeout, for statements that may take hours. Keepalives still find a
  /// lost peer.
  var withoutStatementTimeout: ConnectionSettings {
    var settings = self
    settings.statementTimeout = .zero
    settings.answerTimeout = .seconds(7 * 24 * 3_600)
    return settings
  }
}
