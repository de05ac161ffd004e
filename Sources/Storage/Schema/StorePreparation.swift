internal import Base
internal import Logging
internal import PostgresClient

/// Steps before the first batch: wait for the database, migrate, check rights, read its identity.
struct StorePreparation {
  let settings: StoreSettings
  let logger: Logger
  /// Whether to move the table `events` to the workers of Citus or back, as the settings say.
  var movesEvents = false

  private static let pause = Duration.milliseconds(200)
  /// Interval between two log lines about waiting for the database.
  private static let announcement = Duration.seconds(5)
  /// Number of repeated attempts when a server answers but refuses this program. A proxy before a database
  /// that restarts refuses for a moment; a wrong password is refused for ever.
  private static let refusals = 3

  /// Prepares the database. Blocks for at most `startTimeout` while the database cannot be reached or is lost
  /// again and again, and ends early when `stop` is set.
  func run(until stop: StopSignal = StopSignal()) throws(SchemaError) -> StoreIdentity {
    let deadline = ContinuousClock.now + settings.startTimeout
    var announcements = LogLimiter(every: Self.announcement)
    while true {
      do throws(SchemaError) {
        return try prepare(until: deadline, stop)
      } catch {
        guard case .connectionLost(let reason) = error, ContinuousClock.now < deadline else { throw error }
        guard !stop.isSet else { throw .interrupted }
        if announcements.pass(at: .now) != nil {
          logger.log(
            .warning, "the connection was lost while the database was prepared; trying again",
            [.error: "\(reason)"])
        }
        stop.pause(for: Self.pause)
      }
    }
  }

  private func prepare(
    until deadline: ContinuousClock.Instant, _ stop: StopSignal
  ) throws(SchemaError) -> StoreIdentity {
    let connection = try awaitedConnection(until: deadline, stop)
    try DatabaseCheck(connection: connection).run()
    try Migrator(connection, options: settings.schema, logger: logger).run()
    if movesEvents, let wanted = settings.citus {
      try CitusMigration(connection: connection, logger: logger).make(wanted)
    }
    let deletesDeadEvents = settings.maintenance.deadEventsKeep != nil
    var privileges = PrivilegeCheck(connection: connection, deletesDeadEvents: deletesDeadEvents)
    try privileges.run()
    privileges.raisesPurge = try CitusCheck(connection: connection, settings: settings, logger: logger).run()
    if privileges.raisesPurge { try privileges.run() }
    do throws(PostgresError) {
      let identity = try StoreIdentity.read(over: connection)
      try connection.execute(ForeignLedger.adopt)
      if identity.payloadType != settings.schema.payloadType {
        logger.log(
          .warning,
          "the database keeps its payload type, because store.payload.type applies only to a new schema",
          [.payloadType: "\(identity.payloadType)"])
      }
      return identity
    } catch {
      throw SchemaError(error)
    }
  }

  /// Connects with an answer timeout of 24 hours, because another server's migration, or an index on a large
  /// table, may take long.
  private func awaitedConnection(
    until deadline: ContinuousClock.Instant, _ stop: StopSignal
  ) throws(SchemaError) -> PostgresConnection {
    var announcements = LogLimiter(every: Self.announcement)
    logger.log(.info, "connecting to the database", [.database: "\(settings.connection.target)"])
    var preparing = settings.connection
    preparing.answerTimeout = .seconds(24 * 3600)
    var refusals = 0
    while true {
      do throws(PostgresError) {
        let connection = try PostgresConnection(preparing)
        // One check is enough, because recovery cannot begin while the connection lasts.
        guard try connection.query("SELECT pg_is_in_recovery()").isTrue(0, 0) else { return connection }
        throw .standby
      } catch {
        guard !stop.isSet else { throw .interrupted }
        let isWorthWaiting = error.isStandby || PostgresConnection.isWorthWaiting(for: preparing)
        refusals = isWorthWaiting ? 0 : refusals + 1
        guard ContinuousClock.now < deadline, refusals <= Self.refusals else {
          throw .unavailable(error.description)
        }
        if announcements.pass(at: .now) != nil {
          logger.log(
            .warning, "waiting for the database, which cannot be used yet; SIGTERM and Ctrl-C end the wait",
            [.database: "\(settings.connection.target)", .error: "\(error)"])
        }
        stop.pause(for: Self.pause)
      }
    }
  }
}

extension PostgresError {
  /// The error of a server that replicates another one. It lasts until the server is promoted.
  fileprivate static let standby = PostgresError(
    state: "25006",
    message:
      "the server is a standby, which takes no writes: promote it, or name the primary in database.url",
    isConnectionLost: false)

  fileprivate var isStandby: Bool { state == Self.standby.state }
}
