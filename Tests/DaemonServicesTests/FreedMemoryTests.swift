import Synchronization
import Testing

@testable import DaemonServices

struct FreedMemoryTests {
  /// The numbers of ended connections at seconds after the start, and whether memory is returned then.
  @Test(
    arguments: [
      [(9, 1_000, false), (10, 1_000, true), (19, 5_000, false), (20, 5_000, true)],
      [(10, 99, false), (11, 100, true), (30, 199, false), (31, 200, true)],
      [(60, 0, false), (3_600, 0, false)],
    ])
  func returnsMemoryAfterManyConnectionsEnded(_ ticks: [(second: Int, closed: Int, returns: Bool)]) async {
    let start = ContinuousClock.now
    let (returns, continuation) = AsyncStream.makeStream(of: Void.self)
    let memory = FreedMemory(start: start) { continuation.yield() }
    for tick in ticks { memory.tick(closed: tick.closed, at: start + .seconds(tick.second)) }
    // One more that is due, so that the last return is known to have happened.
    memory.tick(closed: 1_000_000, at: start + .seconds(100_000))
    let expected = ticks.count { $0.returns } + 1
    var iterator = returns.makeAsyncIterator()
    for _ in 0..<expected { _ = await iterator.next() }
    continuation.finish()
    #expect(await iterator.next() == nil, "no further return")
  }
}
