import Glibc

/// The machine's monotonic clock, the same in all processes.
enum Clock {
  /// Nanoseconds since the machine started.
  static var nanoseconds: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// Blocks the thread for `time`.
  static func sleep(_ time: Duration) {
    guard time > .zero else { return }
    let parts = time.components
    let end = nanoseconds + parts.seconds * 1_000_000_000 + parts.attoseconds / 1_000_000_000
    var until = timespec(tv_sec: Int(end / 1_000_000_000), tv_nsec: Int(end % 1_000_000_000))
    // A signal can end the sleep early. Then it goes on to the same end.
    while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nil) == EINTR {}
  }

  /// Blocks the thread until `isTrue`.
  /// - Returns: false when `limit` passed first.
  @discardableResult
  static func wait(
    every pause: Duration = .milliseconds(2), limit: Duration = .seconds(1 << 30), _ isTrue: () -> Bool
  ) -> Bool {
    let end = ContinuousClock.now + limit
    while !isTrue() {
      guard ContinuousClock.now < end else { return false }
      sleep(pause)
    }
    return true
  }
}
