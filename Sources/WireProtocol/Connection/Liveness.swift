/// When a heartbeat is due, and when the peer was silent for too long.
///
/// The idle timeout runs only while this side reads.
struct Liveness {
  enum Status: Hashable {
    case fine
    case heartbeatDue
    case peerSilent
  }

  private let heartbeat: Duration
  private let idleTimeout: Duration
  private var sentAt: ContinuousClock.Instant
  private var receivedAt: ContinuousClock.Instant
  private var isReading = true

  init(heartbeat: Duration, idleTimeout: Duration, now: ContinuousClock.Instant) {
    self.heartbeat = heartbeat
    self.idleTimeout = idleTimeout
    sentAt = now
    receivedAt = now
  }

  mutating func sent(at now: ContinuousClock.Instant) { sentAt = now }

  mutating func received(at now: ContinuousClock.Instant) { receivedAt = now }

  mutating func readingChanged(_ reading: Bool, at now: ContinuousClock.Instant) {
    isReading = reading
    receivedAt = now
  }

  func status(at now: ContinuousClock.Instant) -> Status {
    if isReading, now - receivedAt >= idleTimeout { return .peerSilent }
    return isHeartbeatDue(at: now) ? .heartbeatDue : .fine
  }

  /// Whether this side has sent nothing for the time between heartbeats, however long the peer is silent.
  func isHeartbeatDue(at now: ContinuousClock.Instant) -> Bool { now - sentAt >= heartbeat }
}

/// Whether the body of a frame keeps arriving: each period must bring at least `quantum` bytes, or the body's
/// end.
///
/// Without this limit a peer that sends one byte a second could hold reserved memory for days. The period runs
/// only while this side reads, because a body cannot progress while this side waits for memory or the queue.
struct BodyProgress {
  static let quantum = 64 << 10

  private let period: Duration
  private var since: ContinuousClock.Instant?
  private var bytesThen = 0
  private var isReading = true

  init(period: Duration) {
    self.period = period
  }

  /// Notes that `bytes` of an unfinished frame are there; 0 between frames.
  mutating func held(_ bytes: Int, at now: ContinuousClock.Instant) {
    assert(bytes >= 0, "a frame does not hold a negative number of bytes")
    guard bytes > 0 else {
      since = nil
      return
    }
    if since == nil || bytes < bytesThen || bytes - bytesThen >= Self.quantum {
      since = now
      bytesThen = bytes
    }
  }

  /// Notes that this side stopped reading, or began again, which begins the period anew.
  mutating func readingChanged(_ reading: Bool, at now: ContinuousClock.Instant) {
    isReading = reading
    if since != nil { since = now }
  }

  func isStalled(at now: ContinuousClock.Instant) -> Bool {
    guard isReading, let since else { return false }
    return now - since >= period
  }
}

/// The errors of the time limits of a connection.
extension WireError {
  /// The store was too slow. The client has done its part of the handshake.
  static let registrationTimeout = WireError(
    .storeUnavailable, "the database did not answer the registration in time; try again")

  static func handshakeTimeout(_ limit: Duration) -> WireError {
    WireError(.handshakeTimeout, "the handshake took longer than \(limit)")
  }

  static func bodyStalled(_ limit: Duration) -> WireError {
    WireError(.peerSilent, "a body made no progress within \(limit)")
  }

  static func peerSilent(_ limit: Duration) -> WireError {
    WireError(.peerSilent, "nothing was received for \(limit)")
  }
}
