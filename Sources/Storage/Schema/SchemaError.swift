internal import PostgresClient

/// Reasons why the program cannot use a database. Each is one line that says what to do.
public enum SchemaError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The server is older than Postgres 14. The value is its version.
  case serverTooOld(String)
  /// A newer version of this program migrated the schema further than this program knows.
  case newerSchema(found: Int, known: Int)
  /// The role lacks rights. The values are its quoted name, all rights that are missing, and the statements
  /// that give them.
  case missingRights(role: String, rights: [String], grants: [String])
  /// The role may not bring the schema to the version of this program. The value is the reason.
  case unchangeableSchema(String)
  /// The database stores text in another encoding than UTF-8. The values are its name and that encoding.
  case wrongEncoding(database: String, found: String)
  /// A pooler assigns the backends of Postgres by transaction or by statement.
  case pooledTransactions
  /// The task that started the store was cancelled.
  case interrupted
  /// The database could not be reached in time, or a statement failed. The value is the reason.
  case unavailable(String)
  /// The connection was lost during the start, and could not be made again in time. The value is the last
  /// reason.
  case connectionLost(String)

  /// Citus, or the way in which it distributes the table `events`, does not fit. The value is the whole line.
  case citus(String)

  /// Other transactions used the tables all the time while the schema was to be changed. The values are the
  /// seconds waited and who used the tables.
  case tablesInUse(seconds: Int, holders: String)

  /// The problem, and what to do.
  public var description: String {
    switch self {
    case .serverTooOld(let version):
      "Postgres \(version) is too old: version 14 or newer is needed; upgrade the server"
    case .newerSchema(let found, let known):
      "the schema is at version \(found), but this program knows versions up to \(known): "
        + "start a newer version of the program"
    case .missingRights(let role, let rights, let grants):
      "the database role \(role) lacks rights (\(rights.joined(separator: "; "))): "
        + "run as the owner of the schema: " + grants.map { "\($0);" }.joined(separator: " ")
    case .unchangeableSchema(let reason):
      "the schema must be changed for this program, and the database role may not change it: \(reason); "
        + "run sluiced migrate once, as the owner of the database"
    case .wrongEncoding(let database, let found):
      "the database \(database) is encoded in \(found), but events need UTF8, because they hold any text of Unicode:"
        + " make another one (CREATE DATABASE \(database)_utf8 ENCODING 'UTF8' TEMPLATE template0) and name it in"
        + " database.url"
    case .pooledTransactions:
      "a connection pooler in transaction or statement mode is between this program and Postgres: locks, settings and"
        + " temporary tables of a session get lost there; connect to Postgres itself, or use session mode"
        + " (pool_mode=session for this database in PgBouncer)"
    case .citus(let problem): problem
    case .interrupted:
      "the start was ended by a signal"
    case .tablesInUse(let seconds, let holders):
      "the schema cannot be changed: other transactions have used its tables for \(seconds) s (\(holders)); "
        + "end them, or start with the store.index that the database has"
    case .unavailable(let reason), .connectionLost(let reason):
      "the database cannot be used: \(reason)"
    }
  }
}

extension SchemaError {
  /// Translates the error of a failed statement for the person who starts the program.
  init(_ error: PostgresError) {
    self =
      if error.isConnectionLost {
        .connectionLost(error.description)
      } else {
        .unavailable(error.description)
      }
  }
}
