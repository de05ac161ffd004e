internal import Base
internal import Glibc
internal import Logging
internal import PostgresClient
internal import StoreInterface

/// Brings a database's schema to the version that this program knows.
///
/// Several servers may start at once: one migrates under an advisory lock while the others wait. A schema
/// that is up to date is only read, so that a role without the right to create tables can run the program.
struct Migrator {
  let connection: PostgresConnection
  let options: SchemaOptions
  let migrations: [Migration]
  let logger: Logger
  let timeout: LockTimeout

  /// The class of the advisory lock ("slui"); its object is a hash of the schema's name.
  private static let lockClass = 0x736C_7569
  private static let oldestServer = 14_00_00

  init(
    _ connection: PostgresConnection, options: SchemaOptions, migrations: [Migration] = Migration.all,
    timeout: LockTimeout = LockTimeout(), logger: Logger
  ) {
    precondition(
      migrations.enumerated().allSatisfy { $1.number == $0 + 1 },
      "the steps are numbered from 1 in their order")
    self.connection = connection
    self.options = options
    self.migrations = migrations
    self.timeout = timeout
    self.logger = logger
  }

  /// Migrates the schema if that is needed.
  /// - Throws: `SchemaError`. The database is unchanged then.
  func run() throws(SchemaError) {
    guard connection.serverVersion >= Self.oldestServer else {
      throw SchemaError.serverTooOld("\(connection.serverVersion / 10_000)")
    }
    try PrivilegeCheck(connection: connection).runBeforeMigration()
    do {
      guard try !isCurrent() else { return }
      try migrateWithRetries()
    } catch let error as SchemaError {
      throw error
    } catch let error as PostgresError {
      throw error.state == "42501" ? .unchangeableSchema(error.message) : SchemaError(error)
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

  /// Migrates, and tries again while another transaction holds a table. A statement that waits for a lock
  /// makes all writers of all servers wait, too. So each attempt waits only for `LockTimeout.attempt`, and
  /// writers go on between two attempts.
  private func migrateWithRetries() throws {
    var limiter = LogLimiter(every: timeout.interval)
    let start = ContinuousClock.now
    while true {
      do {
        return try migrateLocked()
      } catch let error as PostgresError where error.state == "55P03" {
        let holders = (try? LockHolders(connection: connection).text()) ?? "unknown"
        let waited = start.duration(to: .now)
        guard waited < timeout.limit else {
          throw SchemaError.tablesInUse(seconds: Int(waited.components.seconds), holders: holders)
        }
        if limiter.pass(at: .now) != nil {
          logger.log(
            .warning, "the schema cannot be changed while other transactions use its tables; trying again",
            [.holders: "\(holders)", .error: "\(error.message)"])
        }
        usleep(UInt32(timeout.pause.wholeMilliseconds * 1_000))
      }
    }
  }

  /// Makes all changes in one transaction that holds the lock, checks the version and runs all steps, so that
  /// a failure leaves nothing.
  private func migrateLocked() throws {
    let schema = try connection.quoted(identifier: connection.settings.schema)
    try connection.execute(beginWithoutLimits)
    do {
      _ = try connection.query(
        "SELECT pg_advisory_xact_lock($1, hashtext($2))",
        [.int(Int32(Self.lockClass)), .text(connection.settings.schema)])
      try connection.execute("SET LOCAL lock_timeout = \(timeout.attempt.wholeMilliseconds)")
      if try connection.query("SELECT to_regnamespace($1)", [.text(schema)]).isNull(0, 0) {
        try connection.execute("CREATE SCHEMA \(schema)")
      }
      try applySteps(from: appliedVersion())
      if try !hasWantedIndex() { try changeIndex() }
      try connection.execute("COMMIT")
    } catch {
      if !connection.isBroken { try connection.execute("ROLLBACK") }
      throw error
    }
  }

  private func changeIndex() throws {
    let table = try connection.query(EventTable.query)
    guard !table.isDistributed else {
      throw SchemaError.citus(
        "store.index is \(options.eventIndex.rawValue), but the database has \(table.index.rawValue), and the index cannot"
          + " change while Citus distributes the table events: set store.index=\(table.index.rawValue)")
    }
    try EventIndexChange(connection: connection).make(options.eventIndex)
  }

  /// Begins a transaction without any time limit. The wait for another server's migration, a step, or an
  /// index on a large table may take hours, and a limit that is too short once would be too short at every
  /// start.
  private var beginWithoutLimits: String {
    var statements = "BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0"
    if connection.serverVersion >= 17_00_00 { statements += "; SET LOCAL transaction_timeout = 0" }
    return statements
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
    precondition(version >= 0, "a version is a number of steps")
    for migration in migrations.dropFirst(version) {
      try connection.execute(migration.sql(options))
      _ = try connection.query(
        "INSERT INTO schema_migrations (version, name) VALUES ($1, $2)",
        [.int(Int32(migration.number)), .text(migration.name)])
      logger.log(
        .info, "schema migrated", [.version: "\(migration.number)", .step: "\(migration.name)"])
    }
  }

  /// Returns the version of the schema; 0 for a database without our schema.
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

  /// Returns the full name of a table, because the search path could find a table of the same name in another
  /// schema.
  private func qualified(_ table: String) throws -> String {
    "\(try connection.quoted(identifier: connection.settings.schema)).\(table)"
  }
}
