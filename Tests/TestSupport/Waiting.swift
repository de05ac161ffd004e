/// Waits until `condition` is true, for things that tell nobody when they happen.
/// - Parameter limit: After this long the test fails; far more than any machine needs.
/// - Throws: What `condition` throws, or `TestSupportError` at the limit.
public func waitUntil(
  limit: Duration = .seconds(60), isolation: isolated (any Actor)? = #isolation,
  _ condition: () async throws -> Bool
) async throws {
  let clock = ContinuousClock()
  let end = clock.now + limit
  while try await !condition() {
    guard clock.now < end else { throw TestSupportError("the condition did not come true in \(limit)") }
    try await clock.sleep(for: .milliseconds(10))
  }
}
