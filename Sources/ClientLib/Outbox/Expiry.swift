/// When a batch's time to live is over: on the clock that this process measures with, and as it is written
/// down for the next one.
struct Expiry: Hashable, Sendable {
  let instant: ContinuousClock.Instant
  /// Since 1970.
  let milliseconds: UInt64

  /// `timeToLive` from now on.
  init(_ timeToLive: Duration, now: ContinuousClock.Instant, wallClock: Timestamp) {
    instant = now + timeToLive
    let moment = Int64(clamping: Int128(wallClock.microseconds) / 1_000 + timeToLive.wholeMilliseconds)
    milliseconds = UInt64(clamping: max(1, moment))
  }

  /// What an earlier process wrote down.
  init(milliseconds: UInt64, now: ContinuousClock.Instant, wallClock: Timestamp) {
    let left = Int64(clamping: Int128(milliseconds) - Int128(wallClock.microseconds) / 1_000)
    instant = now + .milliseconds(max(0, left))
    self.milliseconds = milliseconds
  }

  /// What is left, as PUBLISH says it: at least 1; nil when it is over.
  func left(_ now: ContinuousClock.Instant) -> UInt32? {
    guard now < instant else { return nil }
    return UInt32(clamping: max(1, (instant - now).wholeMilliseconds))
  }
}

extension Duration {
  fileprivate var wholeMilliseconds: Int128 { attoseconds / 1_000_000_000_000_000 }
}
