public import DaemonConfiguration
public import Ingest
public import Logging
public import Storage

/// The database that the daemon works with: a private Postgres of its own, or one that somebody else runs.
public struct Database: Sendable {
  /// How to connect.
  public let connection: ConnectionSettings
  /// Whether it is the private one.
  public let isEmbedded: Bool
  private let settings: DaemonSettings
  private let logger: Logger

  /// Opens the database for as long as `body` runs: the private Postgres is started before and stopped
  /// after it, however it ends; an external one is left alone.
  /// - Throws: `EmbeddedPostgresError` when the private Postgres can not run; what `body` throws.
  public static func with<Result: Sendable>(
    _ settings: DaemonSettings, logger: Logger, _ body: @Sendable (Database) async throws -> Result
  ) async throws -> Result {
    if let url = settings.database.url {
      return try await body(Database(url, isEmbedded: false, settings, logger))
    }
    let server = try await EmbeddedPostgres.start(
      EmbeddedPostgresConfiguration(dataDirectory: settings.dataDirectory), logger: logger)
    do {
      let result = try await body(Database(server.connectionString, isEmbedded: true, settings, logger))
      await server.stop()
      return result
    } catch {
      await server.stop()
      throw error
    }
  }

  /// A store over this database that is not started yet.
  public func store(queue: BatchQueue, activity: IngestActivity) -> PostgresStore {
    PostgresStore(
      settings: settings.storeSettings(at: connection), queue: queue, activity: activity, logger: logger)
  }

  /// Brings the schema up to date.
  /// - Throws: `SchemaError` when it can not be.
  public func migrate() async throws(SchemaError) {
    try await store(queue: BatchQueue(limits: settings.queue), activity: IngestActivity()).migrate()
  }

  private init(_ conninfo: String, isEmbedded: Bool, _ settings: DaemonSettings, _ logger: Logger) {
    connection = ConnectionSettings(conninfo: conninfo, schema: settings.database.schema)
    self.isEmbedded = isEmbedded
    self.settings = settings
    self.logger = logger
  }
}
