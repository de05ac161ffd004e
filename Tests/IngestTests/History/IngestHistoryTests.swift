import Testing

@testable import Ingest

struct IngestHistoryTests {
  private let start = ContinuousClock.now
  private let wallClock: Int64 = 1_767_323_045_000_000

  /// Returns the series of a process after a sample each second, read `late` after the last one.
  private func series(
    _ seconds: [[String: Int]], since: Int64? = nil, late: Duration = .zero
  ) -> [HistorySeries] {
    let history = IngestHistory(start: start)
    for (second, topics) in seconds.enumerated() {
      var sample = HistorySample()
      for (topic, count) in topics { sample.topics.add(count, of: Array(topic.utf8)) }
      history.add(sample, at: start + .seconds(second + 1))
    }
    let now = start + .seconds(seconds.count) + late
    return history.series(since: since, at: now, wallClock: wallClock)
  }

  @Test func aProcessThatJustStartedHasNoIntervals() {
    let series = series([], late: .milliseconds(300))
    #expect(series.map(\.interval) == [.seconds(1), .seconds(10)])
    #expect(series.allSatisfy { $0.intervals.isEmpty && $0.end == wallClock - 300_000 })
    #expect(series.allSatisfy { $0.topics(20) { _ in true }.isEmpty })
  }

  @Test func keepsFiveMinutesOfSecondsAndAnHourOfTens() {
    let series = series(Array(repeating: [:], count: 3_700), late: .milliseconds(400))
    #expect(series.map(\.intervals.count) == [300, 360])
    #expect(series.map(\.end) == [wallClock - 400_000, wallClock - 400_000])
  }

  @Test(
    arguments: [
      (nil, [25, 2]), (0, [25, 2]), (Int64.min, [25, 2]), (-5_000_000, [5, 0]), (-25_000_000, [25, 2]),
      (-15_000_000, [15, 1]), (1, [0, 0]), (Int64.max, [0, 0]),
    ] as [(Int64?, [Int])])
  func beginsAfterATimeOrWhereTheFiguresBegin(_ since: Int64?, _ counts: [Int]) {
    // Times near 0 count from the present here; other ones are absolute.
    let time = since.map { $0.magnitude < 1_000_000_000 && $0 != 0 ? wallClock + $0 : $0 }
    let series = series(Array(repeating: [:], count: 25), since: time)
    #expect(series.map(\.intervals.count) == counts)
  }

  @Test func busyTopicsChangeAndEachHasItsEvents() throws {
    let seconds = [["a": 5], ["b": 7, "a": 1], [:], ["c": 100]]
    let series = try #require(series(seconds).first)
    let all = series.topics(20) { _ in true }
    #expect(all.map(\.name) == ["c", "b", "a"])
    #expect(all.map(\.unique) == [[0, 0, 0, 100], [0, 7, 0, 0], [5, 1, 0, 0]])
    #expect(series.topics(2) { _ in true }.map(\.name) == ["c", "b"])
    #expect(series.topics(2) { $0 != "c" }.map(\.name) == ["b", "a"])
  }

  @Test func aTopicThatIsNotAmongTheBusiestIsUnknownThere() throws {
    let others = (1...HistoryInterval.mostTopics).map { ("x\($0)", 9) }
    let busy = Dictionary(uniqueKeysWithValues: others + [("quiet", 1)])
    let series = try #require(series([["quiet": 3], busy]).first)
    let quiet = series.topics(1) { $0 == "quiet" }
    #expect(quiet == [HistorySeries.Topic(name: "quiet", unique: [3, nil])])
  }

  @Test func topicsOfOneTextInTwoFormsAreTwoTopics() throws {
    let (composed, decomposed) = ("\u{E4}", "a\u{308}")
    var sample = HistorySample()
    sample.topics.add(1, of: Array(composed.utf8))
    sample.topics.add(2, of: Array(decomposed.utf8))
    let history = IngestHistory(start: start)
    history.add(sample, at: start + .seconds(1))
    let series = try #require(history.series(since: nil, at: start + .seconds(1), wallClock: 0).first)
    #expect(series.topics(20) { _ in true }.map(\.unique) == [[2], [1]])
  }
}

struct TopicCountsTests {
  @Test func countsAtMostItsCapacityOfTopics() {
    var counts = TopicCounts()
    for number in 0..<TopicCounts.capacity { counts.add(1, of: Array("\(number)".utf8)) }
    #expect(counts.isComplete)
    counts.add(1, of: Array("0".utf8))
    #expect(counts.isComplete && counts.events[Array("0".utf8)] == 2)
    counts.add(1, of: Array("new".utf8))
    #expect(!counts.isComplete && counts.events.count == TopicCounts.capacity)
    var sum = TopicCounts()
    sum.add(counts)
    #expect(!sum.isComplete)
  }

  @Test func theCountsOfGroupsAreTakenOnce() {
    let activity = TopicActivity()
    var group = TopicCounts()
    group.add(2, of: [97])
    activity.stored(group)
    activity.stored(group)
    activity.stored(TopicCounts())
    #expect(activity.take().events == [[97]: 4])
    #expect(activity.take() == TopicCounts())
  }

  @Test func aTopicIsNewOnceWhateverTheHistoryTakes() {
    let activity = TopicActivity()
    func store(_ topics: String...) {
      var group = TopicCounts()
      for topic in topics { group.add(1, of: Array(topic.utf8)) }
      activity.stored(group)
    }
    #expect(activity.changes == 0)
    store("a", "b")
    #expect(activity.changes == 2)
    store("b", "a")
    _ = activity.take()
    store("a")
    #expect(activity.changes == 2)
    store("a", "c")
    #expect(activity.changes == 3)
  }

  /// Nobody knows which topics a group left out of its counts.
  @Test func aGroupOfMoreTopicsThanAreCountedMayHaveANewOne() {
    let activity = TopicActivity()
    var group = TopicCounts()
    group.add(1, of: [97])
    group.leaveOut()
    activity.stored(group)
    activity.stored(group)
    #expect(activity.changes == 3)
  }
}
