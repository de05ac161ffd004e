import Ingest
import Testing

struct ActivityAnnouncerTests {
  private let start = ContinuousClock.now

  private func counters(unique: Int, duplicate: Int = 0, batches: Int) -> ActivitySnapshot {
    var counters = ActivitySnapshot()
    (counters.uniqueEvents, counters.duplicateEvents) = (unique, duplicate)
    (counters.acceptedEvents, counters.committedBatches) = (unique + duplicate, batches)
    return counters
  }

  @Test func saysNothingWhileNothingArrives() {
    var announcer = ActivityAnnouncer(from: start)
    for second in 0..<300 {
      #expect(announcer.announcement(of: ActivitySnapshot(), at: start + .seconds(second)) == nil)
    }
    #expect(announcer.rest(of: ActivitySnapshot(), at: start + .seconds(300)) == nil)
  }

  @Test func saysAtOnceThatEventsArriveAndThenGivesFiguresEachMinute() throws {
    var announcer = ActivityAnnouncer(from: start)
    _ = announcer.announcement(of: ActivitySnapshot(), at: start + .seconds(9))
    #expect(
      announcer.announcement(of: counters(unique: 10, batches: 1), at: start + .seconds(10)) == .began)
    #expect(
      announcer.announcement(of: counters(unique: 90, batches: 2), at: start + .seconds(69)) == nil)
    let later = counters(unique: 500, duplicate: 100, batches: 6)
    guard case .figures(let figures) = announcer.announcement(of: later, at: start + .seconds(70)) else {
      Issue.record("there are no figures after a minute")
      return
    }
    #expect(figures.uniqueEvents == 500 && figures.duplicateEvents == 100 && figures.committedBatches == 6)
    #expect(figures.acceptedEvents == 600 && figures.duration == .seconds(60) && figures.rate == 10)
    #expect(announcer.announcement(of: later, at: start + .seconds(71)) == nil)
  }

  @Test func saysOnceThatNoEventsCameForAMinuteAndThenBeginsAgain() {
    var announcer = ActivityAnnouncer(from: start)
    let first = counters(unique: 10, batches: 1)
    #expect(announcer.announcement(of: first, at: start) == .began)
    guard case .figures = announcer.announcement(of: first, at: start + .seconds(60)) else {
      Issue.record("there are no figures after a minute")
      return
    }
    #expect(announcer.announcement(of: first, at: start + .seconds(120)) == .ended)
    #expect(announcer.announcement(of: first, at: start + .seconds(200)) == nil)
    #expect(
      announcer.announcement(of: counters(unique: 11, batches: 2), at: start + .seconds(201)) == .began)
  }

  @Test func theRestIsWhatNoLineHasShown() throws {
    var announcer = ActivityAnnouncer(from: start)
    #expect(announcer.announcement(of: counters(unique: 10, batches: 1), at: start) == .began)
    let rest = announcer.rest(of: counters(unique: 25, batches: 3), at: start + .seconds(5))
    #expect(try #require(rest).uniqueEvents == 25)
    #expect(announcer.rest(of: counters(unique: 25, batches: 3), at: start + .seconds(6)) == nil)
  }
}
