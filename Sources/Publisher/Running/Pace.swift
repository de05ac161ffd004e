/// When events are meant to be sent: at a fixed rate from the start, or as soon as possible.
///
/// Times are counted from the intention, not from the sending: a run that falls behind shows the waiting in
/// its latencies.
struct Pace: Sendable {
  private let start: ContinuousClock.Instant
  /// Events a second; nil for no limit.
  private let rate: Double?

  init(start: ContinuousClock.Instant, rate: Double?) {
    precondition(rate.map { $0 > 0 } ?? true)
    self.start = start
    self.rate = rate
  }

  /// When the event at `place` is meant to be sent; nil for at once.
  func intended(_ place: UInt64) -> ContinuousClock.Instant? {
    rate.map { start + .seconds(Double(place) / $0) }
  }
}
