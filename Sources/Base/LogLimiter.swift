/// A limiter of log lines that repeat: it passes one line in each interval and counts the suppressed lines.
package struct LogLimiter: Sendable {
  private let interval: Duration
  private var last: ContinuousClock.Instant?
  private var suppressed = 0

  /// A limiter that passes the first line, and then one line every `interval`.
  package init(every interval: Duration) {
    precondition(interval >= .zero, "an interval")
    self.interval = interval
  }

  /// Decides whether a line passes.
  /// - Returns: The number of lines suppressed since the last line that passed; nil when this line is
  ///   suppressed.
  package mutating func pass(at now: ContinuousClock.Instant) -> Int? {
    if let last, last.duration(to: now) < interval {
      suppressed += 1
      return nil
    }
    defer { suppressed = 0 }
    assert(last.map { $0 <= now } ?? true, "time goes on")
    last = now
    return suppressed
  }
}
