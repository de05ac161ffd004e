internal import Glibc
internal import Logging

/// What happens before the first batch: wait for the database, migrate, check rights, learn who it is.
struct StorePreparation {
  let settings: StoreSettings
  let logger: Logger

  private static let pause: UInt32 = 200_000  // microseconds
  /// How often to try again where the database answers, but not to this program: a proxy in front of a database
  /// that restarts does so for a moment, a wrong password for ever.
  private static let refusals = 3

  /// Blocks for at most `startPatience` while the database can not be reached, or is lost again and again.
  func run() throws(SchemaError) -> StoreIdentity {
    let deadline = ContinuousClock.now + settings.startPatience
    while true {
      do throws(SchemaError) {
        return try prepare(until: deadline)
      } catch {
        guard case .connectionLost(let reason) = error, ContinuousClock.now < deadline else { throw error }
        logger.log(.debug, "the database was lost while it was prepared; again", [.error: "\(reason)"])
        usleep(Self.pause)
      }
    }
  }

  private func prepare(until deadline: ContinuousClock.Instant) throws(SchemaError) -> StoreIdentity {
    let connection = try patientConnection(until: deadline)
    try Migrator(connection, options: settings.schema, logger: logger).run()
    let deletesDeadEvents = settings.maintenance.deadEventsKeep != nil
    try RightsCheck(connection: connection, deletesDeadEvents: deletesDeadEvents).run()
    do throws(PostgresError) {
      let identity = try StoreIdentity.read(over: connection)
      if identity.payloadType != settings.schema.payloadType {
        logger.log(
          .warning, "the database keeps its payload type; the setting only counts for a new one",
          [.payloadType: "\(identity.payloadType)"])
      }
      return identity
    } catch {
      throw SchemaError(error)
    }
  }

  /// Another server's migration, and an index on a large table, may take long: so this one waits.
  private func patientConnection(
    until deadline: ContinuousClock.Instant
  ) throws(SchemaError) -> PostgresConnection {
    var patient = settings.connection
    patient.answerTimeout = .seconds(24 * 3600)
    var refusals = 0
    while true {
      do throws(PostgresError) {
        return try PostgresConnection(patient)
      } catch {
        refusals = PostgresConnection.isWorthWaiting(for: patient) ? 0 : refusals + 1
        guard ContinuousClock.now < deadline, refusals <= Self.refusals else {
          throw .unavailable(error.description)
        }
        logger.log(.debug, "waiting for the database to start", [.error: "\(error)"])
        usleep(Self.pause)
      }
    }
  }
}
