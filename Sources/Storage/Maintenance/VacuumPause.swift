/// Pause of a thread that vacuums, so that its repeated attempts do not keep autovacuum from a table. A plain
/// value whose clock is a parameter.
struct VacuumPause {
  /// Shortest and longest pause after a failed attempt.
  static let bounds = Duration.seconds(60)...Duration.seconds(3_600)

  private var next: ContinuousClock.Instant?
  private var pause = Duration.zero

  /// Whether the table may be vacuumed at `now`.
  func isOver(at now: ContinuousClock.Instant) -> Bool {
    next.map { $0 <= now } ?? true
  }

  /// Records that an attempt of `duration` failed at `now`. The pause is twice the last one and at least
  /// twice `duration`.
  mutating func failed(after duration: Duration, at now: ContinuousClock.Instant) {
    pause = min(Self.bounds.upperBound, max(Self.bounds.lowerBound, pause * 2, duration * 2))
    assert(Self.bounds.contains(pause), "the pause after a failure is bounded")
    next = now + pause
  }

  /// Records that an attempt of `duration` left most rows at `now`, because a transaction needs them. The
  /// transaction may end soon or in hours, so the pause is ten times `duration`, at least 1 s.
  mutating func leftRows(after duration: Duration, at now: ContinuousClock.Instant) {
    next = now + max(.seconds(1), min(duration * 10, Self.bounds.upperBound))
  }

  /// Records that an attempt of `duration` succeeded at `now`. The pause is `duration`, so that other
  /// processes get the lock, too.
  mutating func succeeded(after duration: Duration, at now: ContinuousClock.Instant) {
    pause = .zero
    next = now + min(duration, Self.bounds.upperBound)
  }
}
