import Testing

@testable import HTTPAdmin

@Suite("AsyncSignal")
struct AsyncSignalTests {
  @Test func aSignalWithoutAWaiterIsKeptOnce() async {
    let signal = AsyncSignal()
    signal.ring()
    signal.ring()
    await signal.wait()
    let isRung = await signal.wait(until: .now + .milliseconds(20))
    #expect(!isRung)
  }

  @Test func wakesTheWaitingTask() async {
    let signal = AsyncSignal()
    let waiting = Task { await signal.wait(until: .now + .seconds(600)) }
    signal.ring()
    #expect(await waiting.value)
  }

  @Test func aCancelledTaskDoesNotWait() async {
    let signal = AsyncSignal()
    let waiting = Task { await signal.wait(until: .now + .seconds(600)) }
    waiting.cancel()
    #expect(await waiting.value == false)
    await Task { await signal.wait() }.cancelled()
  }

  /// Many tasks signal and wait: no signal is lost while a task needs it.
  @Test func noSignalIsLost() async {
    let signal = AsyncSignal()
    for _ in 0..<1_000 {
      async let ringing: Void = signal.ring()
      await signal.wait()
      await ringing
    }
  }
}

extension Task where Success == Void, Failure == Never {
  /// Cancels the task and waits for its end.
  fileprivate func cancelled() async {
    cancel()
    await value
  }
}
