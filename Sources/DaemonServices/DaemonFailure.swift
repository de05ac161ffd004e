public import DaemonConfiguration
internal import HTTPAdmin
internal import Ingest
internal import SocketIO
internal import Storage

/// Why the program ends without success: one line for standard error, and its exit status.
public struct DaemonFailure: Error, Hashable, CustomStringConvertible {
  /// The exit status.
  public let status: ExitStatus
  /// What happened, where, and what to do.
  public let description: String

  /// Ends with `status`, saying `description`.
  public init(_ status: ExitStatus, _ description: String) {
    self.status = status
    self.description = description
  }

  /// The failure that an error of one of the parts makes.
  public init(_ error: any Error) {
    self =
      switch error {
      case let failure as DaemonFailure: failure
      case let error as ConfigurationError: DaemonFailure(.badConfiguration, error.description)
      case let error as SocketError:
        DaemonFailure(.addressUnavailable, "\(error); check tcp.host and tcp.port")
      case let error as AdminAddressError: DaemonFailure(.addressUnavailable, error.description)
      case let error as EmbeddedPostgresError: DaemonFailure(error.status, error.description)
      case let error as SchemaError: DaemonFailure(.databaseUnavailable, error.description)
      case let error as QueryError: DaemonFailure(.databaseUnavailable, error.description)
      default: DaemonFailure(.failed, "\(error)")
      }
  }
}

extension EmbeddedPostgresError {
  fileprivate var status: ExitStatus {
    switch self {
    case .unusable, .inUse, .notData, .notEnterable: .dataDirectoryUnavailable
    case .interrupted: .success
    case .otherVersion, .noServer, .noAccount, .noSocketDirectory, .initializationFailed, .startFailed,
      .startTimedOut:
      .databaseUnavailable
    }
  }
}
