public import DaemonConfiguration
public import Foundation
internal import Glibc
internal import TCPIngest

/// A division of the descriptors that the system grants, so that connections never take the descriptors that
/// the database, health and metrics need.
public struct DescriptorPlan: Sendable {
  /// Descriptors of the process itself: standard streams, listeners, loops, timers, pipes to Postgres.
  private static let ofProcess = 64

  /// The settings, with the limits of connections lowered to the available descriptors.
  public let settings: DaemonSettings
  /// A line for the log; nil when no limit was lowered.
  public let warning: String?

  /// Divides `limit` descriptors. At most a quarter of the descriptors for connections is for HTTP.
  public init(
    limit: Int, _ settings: DaemonSettings, processors: Int = ProcessInfo.processInfo.activeProcessorCount
  ) {
    precondition(limit >= 0 && processors >= 1, "numbers of open files and processors")
    let reserved = Self.ofProcess + 2 * (settings.writers + 1) + 4 * processors
    let free = max(limit - reserved, 8)
    var lowered = settings
    lowered.httpLimits.connections = min(settings.httpLimits.connections, max(4, free / 4))
    lowered.limits.connections = min(
      settings.limits.connections,
      max(1, free - lowered.httpLimits.connections - IngestServer.headroom))
    assert(
      lowered.limits.connections >= 1 && lowered.httpLimits.connections >= 1,
      "room for a connection of each kind")
    self.settings = lowered
    let isLowered =
      lowered.limits.connections < settings.limits.connections
      || lowered.httpLimits.connections < settings.httpLimits.connections
    warning =
      !isLowered
      ? nil
      : "limits.connections is \(lowered.limits.connections) instead of \(settings.limits.connections) and"
        + " http.connections is \(lowered.httpLimits.connections) instead of \(settings.httpLimits.connections):"
        + " the system grants \(limit) open files, of which \(reserved) are reserved for the database and the"
        + " process; raise the limit (ulimit -n, LimitNOFILE) or lower the two keys"
  }

  /// Raises the limit of open files as far as the system allows.
  /// - Returns: The limit after the change.
  public static func raiseLimit() -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1_024 }
    if limit.rlim_cur < limit.rlim_max {
      var raised = limit
      raised.rlim_cur = limit.rlim_max
      if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
    }
    return Int(clamping: limit.rlim_cur)
  }
}
