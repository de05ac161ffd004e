import Testing

@testable import Base

@Suite struct StopSignalTests {
  @Test func endsEveryPausePresentAndFuture() {
    let signal = StopSignal()
    let threads = (0..<3).map { _ in
      WorkerThread(name: "pause") { signal.pause(for: .seconds(3_600)) }
    }
    #expect(!signal.isSet)
    signal.set()
    #expect(signal.isSet)
    #expect(threads.allSatisfy { $0.join(timeout: .seconds(60)) })
    signal.pause(for: .seconds(3_600))
  }

  @Test func pausesForAsLongAsItIsToldOtherwise() {
    let signal = StopSignal()
    let start = ContinuousClock.now
    signal.pause(for: .milliseconds(20))
    #expect(start.duration(to: .now) >= .milliseconds(20))
    #expect(!signal.isSet)
  }
}
