internal import Synchronization

/// The moments at which everything sent so far would have been sent, had it been sent at the permitted rates
/// (generic cell rate algorithm, ITU-T I.371).
struct QuotaMeter {
  /// Time at the permitted rate that may be sent at once.
  static let burst = Duration.seconds(2)

  private var events: ContinuousClock.Instant?
  private var bytes: ContinuousClock.Instant?

  /// Counts a batch.
  mutating func count(
    events eventCount: Int, bytes byteCount: Int, _ quota: PublishQuota, at now: ContinuousClock.Instant
  ) {
    precondition(eventCount >= 0 && byteCount >= 0, "a batch has a size")
    if let rate = quota.events { events = max(events ?? now, now) + .seconds(1) / rate * eventCount }
    if let rate = quota.bytes { bytes = max(bytes ?? now, now) + .seconds(1) / rate * byteCount }
  }

  /// Whether more was sent than the rates and the burst permit.
  func isUsedUp(at now: ContinuousClock.Instant) -> Bool { excess(at: now).delay > .zero }

  /// Returns the bounds beyond which more was sent, and the time after which the burst permits more again.
  func excess(at now: ContinuousClock.Instant) -> (bounds: [QuotaBound], delay: Duration) {
    var (bounds, delay) = ([QuotaBound](), Duration.zero)
    for case (let bound, let end?) in [(QuotaBound.events, events), (.bytes, bytes)]
    where end - now > Self.burst {
      bounds.append(bound)
      delay = max(delay, end - now - Self.burst)
    }
    return (bounds, delay)
  }
}

/// The use that principals make of their quotas on one server, over all their connections and requests.
public final class QuotaAccounts: Sendable {
  private struct Account {
    var connections = 0
    var waitingRequests = 0
    var meter = QuotaMeter()
  }

  /// The principals that have a connection now, or have used up their quota. Their number is bounded by the
  /// credentials.
  private let accounts = Mutex<[String: Account]>([:])

  /// Requests of a principal that may wait for its quota at the same time. Each holds a connection of the HTTP
  /// port, which others need.
  public static let mostWaitingRequests = 8

  /// Accounts of which nothing is used.
  public init() {}

  /// Counts a connection of a principal.
  /// - Returns: false, with nothing counted, when the principal has as many as it may have.
  public func open(_ principal: String, _ quota: PublishQuota) -> Bool {
    accounts.withLock { accounts in
      let present = accounts[principal, default: Account()].connections
      if let bound = quota.connections, present >= bound { return false }
      accounts[principal, default: Account()].connections += 1
      return true
    }
  }

  /// Counts the end of a connection.
  public func close(_ principal: String) {
    accounts.withLock { accounts in
      guard let present = accounts[principal]?.connections, present > 0 else {
        preconditionFailure("more connections of a principal ended than began")
      }
      accounts[principal]?.connections = present - 1
    }
  }

  /// Counts a batch of a principal.
  /// - Returns: whether the quota is used up.
  public func count(
    events: Int, bytes: Int, of principal: String, _ quota: PublishQuota, at now: ContinuousClock.Instant
  ) -> Bool {
    accounts.withLock { accounts in
      accounts[principal, default: Account()].meter.count(events: events, bytes: bytes, quota, at: now)
      return accounts[principal]?.meter.isUsedUp(at: now) ?? false
    }
  }

  /// Whether a principal has used up its quota.
  public func isUsedUp(by principal: String, at now: ContinuousClock.Instant) -> Bool {
    accounts.withLock { $0[principal]?.meter.isUsedUp(at: now) ?? false }
  }

  /// Returns the time after which a principal may send again; zero when it may send now.
  public func delay(of principal: String, at now: ContinuousClock.Instant) -> Duration {
    accounts.withLock { $0[principal]?.meter.excess(at: now).delay ?? .zero }
  }

  /// Counts a request that begins to wait for the quota of a principal.
  /// - Returns: false, with nothing counted, when `mostWaitingRequests` wait.
  public func beginWaiting(_ principal: String) -> Bool {
    accounts.withLock { accounts in
      let present = accounts[principal, default: Account()].waitingRequests
      guard present < Self.mostWaitingRequests else { return false }
      accounts[principal, default: Account()].waitingRequests += 1
      return true
    }
  }

  /// Counts the end of a request's wait.
  public func endWaiting(_ principal: String) {
    accounts.withLock { accounts in
      guard let present = accounts[principal]?.waitingRequests, present > 0 else {
        preconditionFailure("more requests of a principal ended their wait than began one")
      }
      accounts[principal]?.waitingRequests = present - 1
    }
  }

  /// Returns the use of the quota by each of `principals`; a principal that has sent nothing is absent.
  public func use(of principals: Set<String>, at now: ContinuousClock.Instant) -> [String: QuotaUse] {
    let found = accounts.withLock { accounts in accounts.filter { principals.contains($0.key) } }
    return found.mapValues { account in
      let excess = account.meter.excess(at: now)
      return QuotaUse(exceeded: excess.bounds, delay: excess.delay, connections: account.connections)
    }
  }
}
