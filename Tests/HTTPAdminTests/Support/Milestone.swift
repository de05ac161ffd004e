/// A point in a test that one task reaches and another one waits for.
struct Milestone: Sendable {
  private let stream: AsyncStream<Never>
  private let continuation: AsyncStream<Never>.Continuation

  init() {
    (stream, continuation) = AsyncStream.makeStream(of: Never.self)
  }

  /// It is reached; from now on nobody waits.
  func reach() {
    continuation.finish()
  }

  /// Waits until it is reached.
  func wait() async {
    for await _ in stream {}
  }
}
