import Ingest
import Testing

struct HealthAnnouncerTests {
  private let start = ContinuousClock.now
  private var announcer = HealthAnnouncer(interval: .seconds(10))

  private func report(_ components: String...) -> HealthReport {
    HealthReport(
      problems: components.map {
        HealthProblem(component: $0, kind: .blocked, reason: "a lock", since: start)
      })
  }

  @Test mutating func reportsAProblemAtOnceThenOncePerIntervalAndItsEnd() {
    #expect(announcer.announcement(of: HealthReport(), at: start) == nil)
    #expect(announcer.announcement(of: report("a"), at: start + .seconds(5)) == .trouble(report("a")))
    for second in 6...14 {
      #expect(announcer.announcement(of: report("a"), at: start + .seconds(second)) == nil)
    }
    #expect(announcer.announcement(of: report("a"), at: start + .seconds(15)) == .trouble(report("a")))
    #expect(announcer.announcement(of: HealthReport(), at: start + .seconds(16)) == .over(since: start))
    #expect(announcer.announcement(of: HealthReport(), at: start + .seconds(17)) == nil)
  }

  @Test mutating func reportsAnotherComponentAtOnceAndAlternatingOnesOnce() {
    #expect(announcer.announcement(of: report("a"), at: start) == .trouble(report("a")))
    #expect(announcer.announcement(of: report("b"), at: start + .seconds(1)) == .trouble(report("b")))
    #expect(announcer.announcement(of: report("a"), at: start + .seconds(2)) == nil)
    #expect(announcer.announcement(of: report("b"), at: start + .seconds(3)) == nil)
  }
}
