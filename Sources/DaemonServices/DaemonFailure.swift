public import DaemonConfiguration
internal import HTTPAdmin
internal import Ingest
internal import Principals
internal import SocketIO
internal import StoreInterface
internal import TLSTransport

/// The reason why the program ends without success: one line for standard error, and the exit status.
public struct DaemonFailure: Error, Hashable, CustomStringConvertible {
  /// The exit status.
  public let status: ExitStatus
  /// The text: what happened, where, and what to do.
  public let description: String

  /// A failure with the exit status `status` and the text `description`.
  public init(_ status: ExitStatus, _ description: String) {
    self.status = status
    self.description = description
  }

  /// The failure that corresponds to an error of one of the parts.
  public init(_ error: any Error) {
    self =
      switch error {
      case let failure as DaemonFailure: failure
      case let error as ConfigurationError: DaemonFailure(.badConfiguration, error.description)
      case let error as TLSContextError: DaemonFailure(.badConfiguration, error.description)
      case let error as HTTPEncryptionError: DaemonFailure(.badConfiguration, error.description)
      case let error as SocketError:
        DaemonFailure(.addressUnavailable, "\(error); check tcp.host and tcp.port")
      case let error as AdminAddressError: DaemonFailure(.addressUnavailable, error.description)
      case let error as CredentialsError: DaemonFailure(.badConfiguration, error.description)
      case let error as QueryError: DaemonFailure(.databaseUnavailable, error.description)
      default: DaemonFailure(.failed, "\(error)")
      }
  }
}
