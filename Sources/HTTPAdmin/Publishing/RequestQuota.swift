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
  /// memory for its body.
  /// - Parameter limit: The longest time to wait.
  /// - Throws: 429 when the quota does not permit more within `limit`.
  func wait(atMost limit: Duration) async throws {
    let end = ContinuousClock.now + limit
    var isCounted = false
    // Other requests of the principal may use up the quota again during a wait.
    while true {
      let now = ContinuousClock.now
      let delay = services.quotas.delay(of: principal, at: now)
      guard delay > .zero else { return }
      if !isCounted { services.activity.creditDelayed() }
      isCounted = true
      guard now + delay <= end else { throw Problem.quotaUsedUp(for: delay) }
      try await Task.sleep(for: delay)
    }
  }

  /// Counts a batch that the queue has accepted.
  func count(_ batch: IngestBatch) {
    _ = services.quotas.count(
      events: batch.received, bytes: batch.byteCount, of: principal, quota, at: batch.acceptedAt)
  }
}
