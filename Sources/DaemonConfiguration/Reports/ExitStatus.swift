/// The exit status of `sluiced`. The numbers are an interface, because scripts and supervisors read them.
public enum ExitStatus: Int32, CaseIterable, Sendable {
  /// The command succeeded, or the server stopped after everything accepted was committed.
  case success = 0
  /// The check failed: the conservation law does not hold, or the daemon is not healthy.
  case checkFailed = 1
  /// The configuration is wrong.
  case badConfiguration = 2
  /// The daemon cannot listen on a port.
  case addressUnavailable = 3
  /// The data directory cannot be used: another daemon holds it, or it is not writable.
  case dataDirectoryUnavailable = 4
  /// The database cannot be used: unreachable, the wrong version, or without the needed rights.
  case databaseUnavailable = 5
  /// The drain time passed before everything accepted was committed.
  case drainIncomplete = 6
  /// An error occurred while serving, or the result could not be written.
  case failed = 70

  /// The status in words.
  public var meaning: String {
    switch self {
    case .success: "done, or stopped with everything accepted committed"
    case .checkFailed: "audit: the conservation law does not hold; healthcheck: not healthy"
    case .badConfiguration: "the configuration is wrong"
    case .addressUnavailable: "the daemon cannot listen on a port"
    case .dataDirectoryUnavailable: "the data directory is held by another daemon, or not writable"
    case .databaseUnavailable: "the database is unreachable, of a wrong version, or without the needed rights"
    case .drainIncomplete: "the drain time passed before everything accepted was committed"
    case .failed: "an error occurred while serving, or the result could not be written"
    }
  }
}
