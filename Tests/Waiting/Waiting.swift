#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A condition that did not come true in time.
public struct WaitingError: Error, CustomStringConvertible {
  /// The condition and its limit, as one line.
  public let description: String
}

/// Waits until `condition` is true, by polling every 10 ms, for events that send no notification.
/// - Parameter limit: The time after which the test fails. It is far longer than any machine needs.
/// - Throws: The error that `condition` throws, or `WaitingError` at the limit.
public func waitUntil(
  limit: Duration = .seconds(180), isolation: isolated (any Actor)? = #isolation,
  _ condition: () async throws -> Bool
) async throws {
  let clock = ContinuousClock()
  let end = clock.now + limit
  while try await !condition() {
    guard clock.now < end else {
      throw WaitingError(description: "the condition did not come true in \(limit)")
    }
    try await clock.sleep(for: .milliseconds(10))
  }
}

/// Blocks the calling thread until `condition` is true, for tests that have threads of their own.
/// - Returns: false when the condition did not come true within `limit`.
public func isTrueInTime(limit: Duration = .seconds(180), _ condition: () -> Bool) -> Bool {
  let end = ContinuousClock.now + limit
  while !condition() {
    guard ContinuousClock.now < end else { return false }
    usleep(10_000)
  }
  return true
}
