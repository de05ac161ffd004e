/// The speed at which the current frame arrives. Time in which this side does not read does not count.
///
/// It decides which connection ends while others wait for memory. `BodyProgress` has a longer limit, which
/// always applies.
struct FramePace {
  /// A frame is slow if it gains fewer bytes than this in `period`.
  static let quantum = 64 << 10
  static let period = Duration.seconds(1)

  private var bytes = 0
  private var bytesAtMark = 0
  /// The time at which the measured period began; nil between frames.
  private var mark: ContinuousClock.Instant?
  /// The time at which reading stopped; nil while this side reads.
  private var pausedAt: ContinuousClock.Instant?

  /// Notes how many bytes of an unfinished frame have arrived; 0 between frames.
  mutating func held(_ count: Int, at now: ContinuousClock.Instant) {
    guard count > 0 else {
      mark = nil
      (bytes, bytesAtMark) = (0, 0)
      return
    }
    // Another frame began, or this one gained enough: a new period begins.
    if mark == nil || count < bytes || count - bytesAtMark >= Self.quantum {
      mark = now
      bytesAtMark = count
    }
    bytes = count
  }

  /// Notes that this side stopped reading or began again.
  mutating func readingChanged(_ reading: Bool, at now: ContinuousClock.Instant) {
    switch (reading, pausedAt) {
    case (false, nil): pausedAt = now
    case (true, let since?):
      mark = mark.map { $0 + (now - since) }
      pausedAt = nil
    default: break
    }
  }

  /// Bytes gained in the current period.
  var gain: Int { bytes - bytesAtMark }

  /// Whether a whole period passed in which the frame gained too little.
  func isSlow(at now: ContinuousClock.Instant) -> Bool {
    guard let mark else { return false }
    return (pausedAt ?? now) - mark >= Self.period
  }
}
