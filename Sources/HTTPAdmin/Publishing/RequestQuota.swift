import Ingest
import Principals

/// The quota of the principal that sends a publishing request. Requests and the connections of the principal to
/// the ingest port share it.
struct RequestQuota {
  private let principal: String
  private let quota: PublishQuota
  private let services: PublishServices

  /// The quota of `login`; nil when it bounds neither events nor bytes.
  init?(_ login: Login?, _ services: PublishServices) {
    guard let principal = login?.principal, principal.quota.isRated else { return nil }
    self.principal = principal.name
    quota = principal.quota
    self.services = services
  }

  /// Waits until the quota permits more. To be called before the body is read, so that a waiting request holds no
  /// memory for its body. A waiting request holds its connection, so few requests of a principal may wait.
  /// - Parameter limit: The longest time to wait.
  /// - Throws: 429 when the quota does not permit more within `limit`, or when
  ///   `QuotaAccounts.mostWaitingRequests` of the principal wait.
  func wait(atMost limit: Duration) async throws {
    let start = ContinuousClock.now
    var (now, delay) = (start, services.quotas.delay(of: principal, at: start))
    guard delay > .zero else { return }
    services.activity.creditDelayed()
    guard services.quotas.beginWaiting(principal) else { throw Problem.quotaUsedUp(for: delay) }
    defer { services.quotas.endWaiting(principal) }
    // Other requests of the principal may use up the quota again during a wait.
    while delay > .zero {
      guard now + delay <= start + limit else { throw Problem.quotaUsedUp(for: delay) }
      try await Task.sleep(for: delay)
      now = .now
      delay = services.quotas.delay(of: principal, at: now)
    }
  }

  /// Counts a batch that the queue has accepted.
  func count(_ batch: IngestBatch) {
    _ = services.quotas.count(
      events: batch.received, bytes: batch.byteCount, of: principal, quota, at: batch.acceptedAt)
  }
}
