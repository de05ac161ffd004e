internal import DaemonConfiguration
internal import DaemonServices
internal import EmbeddedPostgres
internal import Storage

extension DaemonFailure {
  /// The failure that corresponds to an error of Postgres, of its schema, or of one of the other parts.
  init(ofDaemon error: any Error) {
    self =
      switch error {
      case let error as EmbeddedPostgresError: DaemonFailure(error.status, error.description)
      case SchemaError.interrupted: DaemonFailure(.success, SchemaError.interrupted.description)
      case let error as SchemaError: DaemonFailure(.databaseUnavailable, error.description)
      default: DaemonFailure(error)
      }
  }
}

extension EmbeddedPostgresError {
  fileprivate var status: ExitStatus {
    switch self {
    case .unusable, .inUse, .heldElsewhere, .uncertain, .notData, .notEnterable: .dataDirectoryUnavailable
    case .interrupted: .success
    case .otherVersion, .noServer, .noAccount, .noSocketDirectory, .initializationFailed, .startFailed,
      .startTimedOut:
      .databaseUnavailable
    }
  }
}
