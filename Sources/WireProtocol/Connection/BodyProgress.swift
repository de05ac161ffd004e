/// Whether a body that has begun to arrive goes on arriving: in each period at least `quantum` bytes, or its end.
///
/// Without it a peer could hold reserved memory for days with a byte a second.
struct BodyProgress {
  static let quantum = 64 << 10

  private let period: Duration
  private var since: ContinuousClock.Instant?
  private var bytesThen = 0
  private var bytesNow = 0

  init(period: Duration) {
    self.period = period
  }

  /// `bytes` of an unfinished frame are there; 0 between frames.
  mutating func held(_ bytes: Int, at now: ContinuousClock.Instant) {
    guard bytes > 0 else {
      since = nil
      return
    }
    bytesNow = bytes
    if since == nil || bytes < bytesThen || bytes - bytesThen >= Self.quantum {
      since = now
      bytesThen = bytes
    }
  }

  /// Reading stopped or began again on this side's wish: the period begins anew.
  mutating func readingChanged(at now: ContinuousClock.Instant) {
    if since != nil { since = now }
  }

  func isStalled(at now: ContinuousClock.Instant) -> Bool {
    guard let since else { return false }
    return now - since >= period
  }
}
