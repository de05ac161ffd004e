package import Dispatch

extension Duration {
  /// Milliseconds, rounded towards zero. Durations beyond 292 million years become the nearest `Int64`.
  package var wholeMilliseconds: Int64 { Int64(clamping: attoseconds / 1_000_000_000_000_000) }

  /// Microseconds, rounded towards zero. Durations beyond 292,000 years become the nearest `Int64`.
  package var wholeMicroseconds: Int64 { Int64(clamping: attoseconds / 1_000_000_000_000) }
}

extension DispatchTimeInterval {
  /// An interval of `duration` in nanoseconds, at most 100 years, which is far below an overflow in
  /// Dispatch's arithmetic. Negative durations stay negative.
  package init(_ duration: Duration) {
    let (seconds, attoseconds) = min(duration, .seconds(100 * 365 * 86_400)).components
    self = .nanoseconds(Int(seconds * 1_000_000_000 + attoseconds / 1_000_000_000))
  }
}
