/// Pauses between attempts that double up to a limit. Each is drawn from its upper half, so that clients who
/// lost the same server do not come back at the same moment.
struct Backoff {
  private let shortest: Duration
  private let longest: Duration
  private var ceiling: Duration

  /// Pauses from `shortest` to `longest`.
  init(shortest: Duration, longest: Duration) {
    precondition(shortest > .zero && longest >= shortest)
    self.shortest = shortest
    self.longest = longest
    ceiling = shortest
  }

  /// The next pause.
  mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
    defer { ceiling = min(longest, ceiling * 2) }
    let fraction = Double(generator.next() >> 11) * 0x1p-53
    return ceiling / 2 + ceiling / 2 * fraction
  }

  /// The next pause is the shortest again.
  mutating func reset() {
    ceiling = shortest
  }
}
