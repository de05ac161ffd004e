internal import Logging

/// Brings a database's schema to the version that this program knows.
///
/// Several servers may start at once: one migrates under an advisory lock while the others wait. A schema
/// that is up to date is only read, so that a role without the right to create tables can run the program.
struct Migrator {
  let connection: PostgresConnection
  let options: SchemaOptions
  let migrations: [Migration]
  let logger: Logger

  /// The class of the advisory lock ("slui"); its object is a hash of the schema's name.
  private static let lockClass = 0x736C_7569
  private static let oldestServer = 14_00_00

  init(
    _ connection: PostgresConnection, options: SchemaOptions, migrations: [Migration] = Migration.all,
    logger: Logger
  ) {
    self.connection = connection
    self.options = options
    self.migrations = migrations
    self.logger = logger
  }

  /// Migrates where needed.
  /// - Throws: `SchemaError`. The database is as it was then.
  func run() throws(SchemaError) {
    guard connection.serverVersion >= Self.oldestServer else {
      throw SchemaError.serverTooOld("\(connection.serverVersion / 10_000)")
    }
    do {
      guard try !isCurrent() else { return }
      try migrateLocked()
    } catch let error as SchemaError {
      throw error
    } catch let error as PostgresError {
      throw SchemaError(error)
    } catch {
      throw SchemaError.unavailable("\(error)")
    }
  }

  private func isCurrent() throws -> Bool {
    let version = try appliedVersion()
    guard version <= migrations.count else {
      throw SchemaError.newerSchema(found: version, known: migrations.count)
    }
    return try version == migrations.count && hasWantedIndex()
  }

  /// One transaction for the lock, the check under it, and all steps: a failure leaves nothing behind.
  private func migrateLocked() throws {
    let schema = try connection.quoted(identifier: connection.settings.schema)
    // The wait for another server's migration, and an index on a large table, may take long.
    try connection.execute("BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")
    do {
      _ = try connection.query(
        "SELECT pg_advisory_xact_lock($1, hashtext($2))",
        [.int(Int32(Self.lockClass)), .text(connection.settings.schema)])
      if try connection.query("SELECT to_regnamespace($1)", [.text(schema)]).isNull(0, 0) {
        try connection.execute("CREATE SCHEMA \(schema)")
      }
      try applySteps(from: appliedVersion())
      if try !hasWantedIndex() { try EventIndexChange(connection: connection).make(options.eventIndex) }
      try connection.execute("COMMIT")
    } catch {
      if !connection.isBroken { try connection.execute("ROLLBACK") }
      throw error
    }
  }

  private func applySteps(from version: Int) throws {
    guard version <= migrations.count else {
      throw SchemaError.newerSchema(found: version, known: migrations.count)
    }
    try connection.execute(
      """
      CREATE TABLE IF NOT EXISTS schema_migrations (
        version int PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())
      """)
    for migration in migrations.dropFirst(version) {
      try connection.execute(migration.sql(options))
      _ = try connection.query(
        "INSERT INTO schema_migrations (version, name) VALUES ($1, $2)",
        [.int(Int32(migration.number)), .text(migration.name)])
      logger.log(
        .info, "schema migrated", [.version: "\(migration.number)", .step: "\(migration.name)"])
    }
  }

  /// 0 for a database that holds no schema of ours.
  private func appliedVersion() throws -> Int {
    let table = try connection.query(
      "SELECT to_regclass($1)", [.text(try qualified("schema_migrations"))])
    guard !table.isNull(0, 0) else { return 0 }
    let answer = try connection.query("SELECT coalesce(max(version), 0) FROM schema_migrations")
    return Int(answer.integer(0, 0) ?? 0)
  }

  private func hasWantedIndex() throws -> Bool {
    try EventIndexChange(connection: connection).current() == options.eventIndex
  }

  /// Looked up by its full name: the search path would find a table of the same name elsewhere.
  private func qualified(_ table: String) throws -> String {
    "\(try connection.quoted(identifier: connection.settings.schema)).\(table)"
  }
}
