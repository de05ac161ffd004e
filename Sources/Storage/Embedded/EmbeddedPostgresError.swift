/// Why the private Postgres can not run. Each is one line: what, where, and what to do.
public enum EmbeddedPostgresError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A file or directory could not be used.
  case unusable(path: String, reason: String)
  /// Another process holds the data directory.
  case inUse(path: String, holder: Int32?)
  /// No `postgres` and `initdb` were found, or the ones named do not run.
  case noServer(reason: String)
  /// The data was made by another major version of Postgres.
  case otherVersion(path: String, data: Int, found: [Int])
  /// There is something in the place of the data that is none.
  case notData(path: String)
  /// No account to run Postgres under.
  case noAccount(reason: String)
  /// The account that runs Postgres can not enter a directory.
  case notEnterable(path: String, account: String)
  /// No directory for the socket: too long, or somebody else's.
  case noSocketDirectory(reason: String)
  /// `initdb` failed.
  case initializationFailed(reason: String)
  /// Postgres ended while it started.
  case startFailed(reason: String, log: String)
  /// Postgres was not ready in time.
  case startTimedOut(after: Duration, log: String)
  /// The task that was starting it was cancelled.
  case interrupted

  /// The line for the one who starts the program.
  public var description: String {
    switch self {
    case .unusable(let path, let reason):
      "can not use \(path): \(reason); make it readable and writable for this user, or set data.dir"
    case .inUse(let path, let holder):
      "the data directory \(path) is in use by another sluiced"
        + (holder.map { " (process \($0))" } ?? "") + "; stop that one, or set data.dir"
    case .noServer(let reason):
      "no PostgreSQL server for the embedded database: \(reason); install PostgreSQL"
        + " \(ServerVersion.oldest) or later, or set database.url to use a running one"
    case .otherVersion(let path, let data, let found):
      "the data in \(path) was made by PostgreSQL \(data), but only \(Self.list(found)) is installed;"
        + " install PostgreSQL \(data), upgrade the data with pg_upgrade, or set data.dir"
    case .notData(let path):
      "\(path) is not the data of a PostgreSQL server; move it away, or set data.dir"
    case .noAccount(let reason):
      "PostgreSQL does not run as root and there is no other account for it: \(reason); start as another"
        + " user, or create an account named postgres"
    case .notEnterable(let path, let account):
      "the account \(account), which runs PostgreSQL, can not enter \(path); allow it (chmod o+x), or set"
        + " data.dir to a directory that it can enter"
    case .noSocketDirectory(let reason):
      "no private directory for the database's socket: \(reason)"
    case .initializationFailed(let reason):
      "initdb failed: \(reason)"
    case .startFailed(let reason, let log):
      "PostgreSQL did not start: \(reason); see \(log)"
    case .startTimedOut(let timeout, let log):
      "PostgreSQL was not ready after \(timeout.components.seconds) s; see \(log)"
    case .interrupted:
      "the start of PostgreSQL was cancelled"
    }
  }

  private static func list(_ versions: [Int]) -> String {
    versions.map(String.init).joined(separator: ", ")
  }
}
