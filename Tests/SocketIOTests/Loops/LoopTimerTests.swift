import Dispatch
import Testing

@testable import Base
@testable import SocketIO

@Suite(.timeLimit(.minutes(2))) struct LoopTimerTests {
  let loop = EventLoop(name: "test")

  @Test func ticksAgainAndAgainOnTheLoop() async {
    let (ticks, continuation) = AsyncStream.makeStream(of: Void.self)
    let timer = loop.onTick(every: .milliseconds(1)) { [loop] in
      loop.preconditionOnLoop()
      continuation.yield()
    }
    var count = 0
    for await _ in ticks {
      count += 1
      if count == 5 { break }
    }
    timer.cancel()
    #expect(count == 5)
  }

  @Test func firesOnceAfterADelay() async {
    let fired = Counter()
    await withCheckedContinuation { continuation in
      let timer = Holder()
      let started = loop.after(.zero) {
        fired.raise()
        timer.drop()
        continuation.resume()
      }
      timer.keep(started)
    }
    #expect(fired.value == 1)
  }

  @Test func takesANegativeDelayForNone() async {
    let holder = Holder()
    await withCheckedContinuation { continuation in
      holder.keep(loop.after(.seconds(-5)) { continuation.resume() })
    }
    holder.drop()
  }

  /// The timer is due while the loop is busy cancelling or releasing it.
  @Test(arguments: [true, false])
  func neverFiresOnceCancelledOrReleasedOnItsLoop(cancelled: Bool) async {
    let fired = Counter()
    for _ in 0..<200 {
      await loop.perform { [loop] in
        let timer = loop.onTick(every: .nanoseconds(1)) { fired.raise() }
        let due = ContinuousClock.now + .microseconds(50)
        while ContinuousClock.now < due {}
        withExtendedLifetime(timer) {
          if cancelled { timer.cancel() }
        }
      }
    }
    await loop.perform {}
    #expect(fired.value == 0)
  }

  @Test(arguments: [
    (Duration.zero, 0), (.milliseconds(250), 250_000_000), (.seconds(3), 3_000_000_000),
    (.nanoseconds(7), 7), (.seconds(Int64.max), 100 * 365 * 86_400 * 1_000_000_000),
  ])
  func convertsDurations(duration: Duration, nanoseconds: Int) {
    #expect(DispatchTimeInterval(duration) == .nanoseconds(nanoseconds))
  }
}
