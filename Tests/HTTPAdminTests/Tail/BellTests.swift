import Testing

@testable import HTTPAdmin

@Suite("Bell")
struct BellTests {
  @Test func aRingThatNobodyWaitedForIsRememberedOnce() async {
    let bell = Bell()
    bell.ring()
    bell.ring()
    await bell.wait()
    let isRung = await bell.wait(until: .now + .milliseconds(20))
    #expect(!isRung)
  }

  @Test func wakesTheOneThatWaits() async {
    let bell = Bell()
    let waiting = Task { await bell.wait(until: .now + .seconds(600)) }
    bell.ring()
    #expect(await waiting.value)
  }

  @Test func aCancelledTaskDoesNotWait() async {
    let bell = Bell()
    let waiting = Task { await bell.wait(until: .now + .seconds(600)) }
    waiting.cancel()
    #expect(await waiting.value == false)
    await Task { await bell.wait() }.cancelled()
  }

  /// Rings and waits from many sides: none is lost while somebody counts on it.
  @Test func noRingIsLost() async {
    let bell = Bell()
    for _ in 0..<1_000 {
      async let ringing: Void = bell.ring()
      await bell.wait()
      await ringing
    }
  }
}

extension Task where Success == Void, Failure == Never {
  /// Cancels it and waits for its end.
  fileprivate func cancelled() async {
    cancel()
    await value
  }
}
