internal import DaemonConfiguration
internal import DaemonServices
internal import EmbeddedPostgres
internal import Ingest
internal import Logging
internal import PostgresClient
internal import Storage

/// The database of the daemon: its own private Postgres, or an external one.
struct Database: Sendable {
  /// The settings to connect with.
  let connection: ConnectionSettings
  /// Whether the database is the private Postgres.
  let isEmbedded: Bool
  private let server: EmbeddedPostgres?
  private let settings: DaemonSettings
  private let logger: Logger

  /// Opens the database while `body` runs. The private Postgres is started before `body` and stopped after
  /// it, whether `body` returns or throws. An external database is neither started nor stopped.
  /// - Parameter held: Called with the means to end the private Postgres in a hurry, before it is started.
  /// - Throws: `EmbeddedPostgresError` when the private Postgres cannot run; `DaemonFailure` when
  ///   `database.url` cannot be parsed; the errors of `body`.
  static func with<Result: Sendable>(
    _ settings: DaemonSettings, logger: Logger, held: @Sendable (HastyServerStop) -> Void = { _ in },
    _ body: @Sendable (Database) async throws -> Result
  ) async throws -> Result {
    if let url = settings.database.url {
      if let problem = ConnectionSettings.problem(in: url) {
        throw DaemonFailure(.badConfiguration, "database.url is unusable: \(problem)")
      }
      return try await body(Database(url, server: nil, settings, logger))
    }
    let server = try await EmbeddedPostgres.start(
      EmbeddedPostgresConfiguration(dataDirectory: settings.dataDirectory), logger: logger, held: held)
    do {
      let result = try await body(Database(server.connectionString, server: server, settings, logger))
      await server.stop()
      return result
    } catch {
      await server.stop()
      throw error
    }
  }

  /// Opens an existing database, for a command that reads it or maintains it. Makes no database, and connects
  /// to the socket of the private Postgres when another process runs it.
  /// - Parameter held: As in `with`.
  /// - Throws: `DaemonFailure` when there is no database; else as `with`.
  static func withExisting<Result: Sendable>(
    _ settings: DaemonSettings, logger: Logger, held: @Sendable (HastyServerStop) -> Void = { _ in },
    _ body: @Sendable (Database) async throws -> Result
  ) async throws -> Result {
    guard settings.database.url != nil || EmbeddedPostgres.hasData(in: settings.dataDirectory) else {
      throw DaemonFailure(
        .databaseUnavailable,
        "there is no database in \(settings.dataDirectory): no server has run there yet; set data.dir to the"
          + " directory of the server, or database.url")
    }
    do {
      return try await with(settings, logger: logger, held: held, body)
    } catch EmbeddedPostgresError.inUse(let path, let holder) {
      guard let conninfo = EmbeddedPostgres.connectionToRunningServer(in: settings.dataDirectory) else {
        throw EmbeddedPostgresError.inUse(path: path, holder: holder)
      }
      return try await body(Database(conninfo, server: nil, settings, logger))
    }
  }

  /// The command that opens the database for a person; holds no secret.
  var psqlCommand: String { connection.psqlCommand }

  /// Returns a store over this database that is not started yet.
  func store(
    queue: BatchQueue, activity: IngestActivity, health: IngestHealth = IngestHealth()
  ) -> PostgresStore {
    PostgresStore(
      settings: settings.storeSettings(at: connection), queue: queue, activity: activity, health: health,
      logger: logger)
  }

  /// The name of the private Postgres in `/health`, metrics and log.
  private static let component = "embedded database"

  /// Reports to `health` while the private Postgres cannot be reached.
  func report(to health: IngestHealth) {
    server?.observe { report in
      guard let report else { return health.end(Self.component) }
      health.report(Self.component, .unreachable, report.reason, since: report.since, at: .now)
    }
  }

  /// Migrates the schema to the current version.
  /// - Parameter movesEvents: Whether to move the table `events` to the workers of Citus or back, as `database.citus` says.
  /// - Throws: `SchemaError` when the schema cannot be migrated.
  func migrate(movesEvents: Bool = false) async throws(SchemaError) {
    let store = store(queue: BatchQueue(limits: settings.queue), activity: IngestActivity())
    try await store.migrate(movesEvents: movesEvents)
  }

  private init(_ conninfo: String, server: EmbeddedPostgres?, _ settings: DaemonSettings, _ logger: Logger) {
    connection = ConnectionSettings(conninfo: conninfo, schema: settings.database.schema)
    self.isEmbedded = server != nil
    self.server = server
    self.settings = settings
    self.logger = logger
  }
}
