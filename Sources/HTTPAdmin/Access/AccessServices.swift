public import Principals

/// The parts by which an HTTP server knows who may use it.
public struct AccessServices: Sendable {
  /// The principals.
  public let directory: PrincipalDirectory
  /// The log of refusals.
  public let log: SecurityLog

  /// Creates the set of parts.
  public init(directory: PrincipalDirectory, log: SecurityLog) {
    self.directory = directory
    self.log = log
  }
}
