/// When to send a sign of life, and when to give up on a silent peer.
///
/// Only the peer's silence counts, and not while this side has stopped reading itself.
struct Liveness {
  enum Verdict: Hashable {
    case fine
    case heartbeatDue
    case peerSilent
  }

  private let heartbeat: Duration
  private let silence: Duration
  private var sentAt: ContinuousClock.Instant
  private var receivedAt: ContinuousClock.Instant
  private var isReading = true

  init(heartbeat: Duration, silence: Duration, now: ContinuousClock.Instant) {
    self.heartbeat = heartbeat
    self.silence = silence
    sentAt = now
    receivedAt = now
  }

  mutating func sent(at now: ContinuousClock.Instant) { sentAt = now }

  mutating func received(at now: ContinuousClock.Instant) { receivedAt = now }

  mutating func readingChanged(_ reading: Bool, at now: ContinuousClock.Instant) {
    isReading = reading
    receivedAt = now
  }

  func verdict(at now: ContinuousClock.Instant) -> Verdict {
    if isReading, now - receivedAt >= silence { return .peerSilent }
    return now - sentAt >= heartbeat ? .heartbeatDue : .fine
  }
}
