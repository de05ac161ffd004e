/// The reason why the private Postgres cannot run. Each description is one line: what, where, and what to do.
public enum EmbeddedPostgresError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A file or directory could not be used.
  case unusable(path: String, reason: String)
  /// Another process holds the data directory.
  case inUse(path: String, holder: Int32?)
  /// A server whose processes cannot be seen from here holds the data directory.
  case heldElsewhere(path: String)
  /// It is unknown whether a server runs.
  case uncertain(path: String, reason: String)
  /// No `postgres` and `initdb` were found, or the named programs do not run.
  case noServer(reason: String)
  /// The data was made by another major version of Postgres.
  case otherVersion(path: String, data: Int, found: [Int])
  /// The path of the data holds something else.
  case notData(path: String)
  /// There is no account to run Postgres under.
  case noAccount(reason: String)
  /// The account that runs Postgres cannot enter a directory.
  case notEnterable(path: String, account: String)
  /// There is no directory for the socket: the paths are too long, or belong to somebody else.
  case noSocketDirectory(reason: String)
  /// `initdb` failed.
  case initializationFailed(reason: String)
  /// Postgres ended while it started.
  case startFailed(reason: String, log: String)
  /// Postgres was not ready in time.
  case startTimedOut(after: Duration, log: String)
  /// The task that was starting the server was cancelled.
  case interrupted

  /// The error as one line for the person who starts the program.
  public var description: String {
    switch self {
    case .unusable(let path, let reason):
      "cannot use \(path): \(reason); make it readable and writable for this user, or set data.dir"
    case .inUse(let path, let holder):
      "the data directory \(path) is in use by another sluiced"
        + (holder.map { " (process \($0))" } ?? "") + "; stop that sluiced, or set data.dir"
    case .heldElsewhere(let path):
      "the data in \(path) is in use by a PostgreSQL whose processes cannot be seen from here, perhaps in another"
        + " container; stop that server, or set data.dir"
    case .uncertain(let path, let reason):
      "cannot tell whether PostgreSQL runs, because \(path) cannot be read: \(reason); nothing was changed; try"
        + " again when the file is readable"
    case .noServer(let reason):
      "no PostgreSQL server for the embedded database: \(reason); install PostgreSQL"
        + " \(ServerVersion.oldest) or later, or set database.url to use a running server"
    case .otherVersion(let path, let data, let found):
      "the data in \(path) was made by PostgreSQL \(data), but only \(Self.list(found)) is installed;"
        + " install PostgreSQL \(data), upgrade the data with pg_upgrade, or set data.dir"
    case .notData(let path):
      "\(path) is not the data of a PostgreSQL server; move it to another place, or set data.dir"
    case .noAccount(let reason):
      "PostgreSQL does not run as root and there is no other account for it: \(reason); start as another"
        + " user, or create an account named postgres"
    case .notEnterable(let path, let account):
      "the account \(account), which runs PostgreSQL, cannot enter \(path); allow it (chmod o+x), or set"
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
