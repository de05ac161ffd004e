import Testing

@testable import Storage

@Suite struct VacuumPauseTests {
  @Test func isLongerAfterEachFailureAndNoLongerThanAnHour() {
    var pause = VacuumPause()
    let start = ContinuousClock.now
    #expect(pause.isOver(at: start))
    for seconds in [60, 120, 240, 480, 960, 1_920, 3_600, 3_600] {
      pause.failed(after: .seconds(1), at: start)
      #expect(!pause.isOver(at: start + .seconds(seconds - 1)) && pause.isOver(at: start + .seconds(seconds)))
    }
  }

  @Test func isTwiceAsLongAsAnAttemptThatFailedAndAsLongAsOneThatWorked() {
    var pause = VacuumPause()
    let start = ContinuousClock.now
    pause.failed(after: .seconds(100), at: start)
    #expect(!pause.isOver(at: start + .seconds(199)) && pause.isOver(at: start + .seconds(200)))
    pause.succeeded(after: .seconds(7), at: start)
    #expect(!pause.isOver(at: start + .seconds(6)) && pause.isOver(at: start + .seconds(7)))
  }

  @Test func isTenTimesAsLongWhereRowsWereKeptAndASecondAtLeast() {
    var pause = VacuumPause()
    let start = ContinuousClock.now
    pause.leftRows(after: .milliseconds(1), at: start)
    #expect(!pause.isOver(at: start) && pause.isOver(at: start + .seconds(1)))
    pause.leftRows(after: .seconds(3), at: start)
    #expect(!pause.isOver(at: start + .seconds(29)) && pause.isOver(at: start + .seconds(30)))
  }
}
