import Testing

@testable import TCPIngest

struct FramePaceTests {
  private let start = ContinuousClock.now

  @Test func aFrameThatGainsTooLittleInItsPeriodIsSlow() {
    var pace = FramePace()
    pace.held(1_000, at: start)
    #expect(!pace.isSlow(at: start + .milliseconds(999)))
    pace.held(2_000, at: start + .milliseconds(999))
    #expect(pace.isSlow(at: start + .seconds(1)))
    #expect(pace.gain == 1_000)
  }

  @Test func aFrameThatKeepsItsPaceIsNotSlow() {
    var pace = FramePace()
    for step in 1...10 {
      pace.held(step * FramePace.quantum, at: start + .milliseconds(900) * step)
    }
    #expect(!pace.isSlow(at: start + .milliseconds(9_900)))
    pace.held(0, at: start + .seconds(10))
    #expect(!pace.isSlow(at: start + .seconds(99)), "nothing is slow between frames")
  }

  @Test func theTimeInWhichThisSideDoesNotReadDoesNotCount() {
    var pace = FramePace()
    pace.held(1_000, at: start)
    pace.readingChanged(false, at: start + .milliseconds(500))
    #expect(!pace.isSlow(at: start + .seconds(50)))
    pace.readingChanged(true, at: start + .seconds(50))
    #expect(!pace.isSlow(at: start + .milliseconds(50_400)))
    #expect(pace.isSlow(at: start + .milliseconds(50_500)))
  }
}
