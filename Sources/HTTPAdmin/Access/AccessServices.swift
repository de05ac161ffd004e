public import Ingest
public import Principals

/// The parts by which an HTTP server knows who may use it.
public struct AccessServices: Sendable {
  /// The principals.
  public let directory: PrincipalDirectory
  /// The log of refusals.
  public let log: SecurityLog
  /// Returns the use of their quotas by principals with these names, on all ports of this process.
  let quotaUse: @Sendable (Set<String>) -> [String: QuotaUse]

  /// Creates the set of parts.
  /// - Parameter quotaUse: Returns the use of quotas. Called for each request that shows it; must not block.
  public init(
    directory: PrincipalDirectory, log: SecurityLog,
    quotaUse: @escaping @Sendable (Set<String>) -> [String: QuotaUse] = { _ in [:] }
  ) {
    self.directory = directory
    self.log = log
    self.quotaUse = quotaUse
  }

  /// Returns the quotas of those of `principals` that have one, with their use.
  func quotas(of principals: Set<String>) -> [String: QuotaFigures] {
    let quotas = directory.quotas(of: principals)
    let use = quotaUse(Set(quotas.keys))
    return Dictionary(
      uniqueKeysWithValues: quotas.map { name, quota in
        (name, QuotaFigures(quota: quota, use: use[name] ?? QuotaUse()))
      })
  }
}
