internal import Glibc
internal import Logging

/// What happens before the first batch: wait for the database, migrate, check rights, learn who it is.
struct StorePreparation {
  let settings: StoreSettings
  let logger: Logger

  private static let pause: UInt32 = 200_000  // microseconds

  /// Blocks for at most `startPatience` while the database can not be reached.
  func run() throws(SchemaError) -> StoreIdentity {
    let connection = try patientConnection()
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
  private func patientConnection() throws(SchemaError) -> PostgresConnection {
    var patient = settings.connection
    patient.answerTimeout = .seconds(24 * 3600)
    let deadline = ContinuousClock.now + settings.startPatience
    while true {
      do throws(PostgresError) {
        return try PostgresConnection(patient)
      } catch {
        guard ContinuousClock.now < deadline, PostgresConnection.isWorthWaiting(for: patient) else {
          throw SchemaError(error)
        }
        logger.log(.debug, "waiting for the database to start", [.error: "\(error)"])
        usleep(Self.pause)
      }
    }
  }
}
