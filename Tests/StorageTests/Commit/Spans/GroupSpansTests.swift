import Testing

@testable import Storage

@Suite struct GroupSpansTests {
  /// A span with the events that it lists.
  private struct Span: Equatable {
    let topic: Int?
    let count: Int
    let times: ClosedRange<Int64>
    let listed: [Int32]?
  }

  private static let second: Int64 = 1_000_000

  private func spans(_ events: [(topic: Int32, time: Int64)], topics: Int) -> [Span] {
    let group = GroupSpans(topics: events.map(\.topic), of: topics, times: events.map(\.time))
    return group.spans.map { span in
      Span(
        topic: span.topic, count: span.count, times: span.times,
        listed: span.listed.map { Array(group.listed[$0]) })
    }
  }

  @Test func ofNoEventsThereAreNone() {
    #expect(spans([], topics: 0).isEmpty)
  }

  @Test func fewEventsAreListedByTime() {
    let found = spans([(0, 30), (1, 20), (0, 10)], topics: 2)
    #expect(
      found == [
        Span(topic: 0, count: 2, times: 10...30, listed: [2, 0]),
        Span(topic: 1, count: 1, times: 20...20, listed: [1]),
        Span(topic: nil, count: 3, times: 10...30, listed: [2, 1, 0]),
      ])
  }

  @Test(arguments: [GroupSpans.listedEvents, GroupSpans.listedEvents + 1])
  func listsUpToItsBound(_ count: Int) {
    let found = spans((0..<count).map { (0, Int64($0)) }, topics: 1)
    #expect(found.map(\.count) == [count, count])
    #expect(found.allSatisfy { ($0.listed != nil) == (count == GroupSpans.listedEvents) })
    #expect(found.allSatisfy { $0.times == 0...Int64(count - 1) })
  }

  @Test func lateAndFutureEventsDoNotWidenTheSpanOfTheOthers() {
    var events = (0..<100).map { (topic: Int32(0), time: 1_000 * Self.second + Int64($0)) }
    events.insert((0, 0), at: 50)
    events.append((0, 9_000 * Self.second))
    let bulk = 1_000 * Self.second...1_000 * Self.second + 99
    for (topic, found) in Dictionary(grouping: spans(events, topics: 1), by: \.topic) {
      #expect(
        found == [
          Span(topic: topic, count: 102, times: bulk, listed: nil),
          Span(topic: topic, count: 0, times: 0...9_000 * Self.second, listed: [50, 101]),
        ])
    }
  }

  @Test func topicsOfWhichNothingWasStoredHaveNoSpans() {
    let late = (0..<40).map { (topic: Int32(1), time: Int64($0) * Self.second) }
    let punctual = (0..<200).map { (topic: Int32(0), time: 1_000 * Self.second + Int64($0)) }
    var group = GroupSpans(
      topics: (late + punctual).map(\.topic), of: 2, times: (late + punctual).map(\.time))
    let before = group.spans
    group.count([0, 7])
    #expect(group.spans.filter { $0.topic == 0 }.isEmpty)
    #expect(group.spans.filter { $0.topic == 1 }.map(\.count) == [7, 0])
    #expect(group.spans.filter { $0.topic == nil }.map(\.count).first == 7)
    #expect(group.spans.map(\.times) == before.filter { $0.topic != 0 }.map(\.times))
    group.count([0, 0])
    #expect(group.spans.isEmpty)
  }

  @Test func manyLateEventsAreListedInPieces() {
    let late = (0..<70).map { (topic: Int32(0), time: Int64($0)) }
    let punctual = (0..<1_000).map { (topic: Int32(0), time: 1_000 * Self.second + Int64($0)) }
    let found = spans((punctual + late).shuffled(), topics: 1).filter { $0.topic == 0 }
    #expect(found.map { $0.listed?.count } == [nil, 32, 32, 6])
    #expect(found.dropFirst().map(\.times) == [0...31, 32...63, 64...69])
  }

  @Test func aTopicOfWhichAllEventsAreLateHasNoSpanOfTheBulk() {
    let punctual = (0..<1_000).map { (topic: Int32(0), time: 1_000 * Self.second + Int64($0)) }
    let late = (0..<20).map { (topic: Int32(1), time: Int64($0)) }
    let found = spans(punctual + late, topics: 2).filter { $0.topic == 1 }
    #expect(found.map(\.count) == [20] && found.map { $0.listed?.count } == [20])
  }

  @Test func aBucketIsListedCompletelyHoweverManyEventsItHas() {
    let bucket = (0..<70).map { (topic: Int32(1), time: 1_000 * Self.second + Int64($0)) }
    let others = (0..<100).map { (topic: Int32(0), time: 1_000 * Self.second + Int64($0)) }
    let events = bucket + others
    let group = GroupSpans(topics: events.map(\.topic), of: 2, listedFrom: 1, times: events.map(\.time))
    #expect(group.spans.filter { $0.topic == 1 }.map { $0.listed?.count } == [32, 32, 6])
    #expect(group.spans.filter { $0.topic == 1 }.map(\.count) == [70, 0, 0])
    #expect(group.spans.filter { $0.topic == 0 }.map(\.listed) == [nil])
  }

  @Test(arguments: [[Int64.min, .max], [.min, .min], [.max, .max], [0, .min, .max, 0, 0]])
  func timesAtTheEndsOfTheirRangeDoNotOverflow(_ times: [Int64]) {
    let many = (0..<40).map { times[$0 % times.count] }
    let found = spans(many.map { (0, $0) }, topics: 1)
    #expect(isCovered(many.map { (0, $0) }, by: found))
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func everyEventIsCoveredForItsTopicAndForAll(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let topics = Int.random(in: 1...100, using: &generator)
    let events = (0..<Int.random(in: 1...3_000, using: &generator)).map { _ in
      let isLate = Int.random(in: 0..<10, using: &generator) == 0
      let age = Int64.random(in: 0...(isLate ? 86_400 : 2) * Self.second, using: &generator)
      return (topic: Int32.random(in: 0..<Int32(topics), using: &generator), time: -age)
    }
    let found = spans(events, topics: topics)
    #expect(isCovered(events, by: found), "seed \(seed)")
    for topic in 0..<topics {
      let count = events.count { $0.topic == Int32(topic) }
      #expect(found.filter { $0.topic == topic }.reduce(0) { $0 + $1.count } == count)
    }
    #expect(found.allSatisfy { ($0.listed?.count ?? 1) <= GroupSpans.lateEvents })
  }

  /// Whether a reader that opens all spans around an event's time finds each event, by topic and without.
  private func isCovered(_ events: [(topic: Int32, time: Int64)], by spans: [Span]) -> Bool {
    events.indices.allSatisfy { index in
      [Int(events[index].topic), nil].allSatisfy { topic in
        spans.contains { span in
          span.topic == topic && span.times.contains(events[index].time)
            && span.listed?.contains(Int32(index)) ?? true
        }
      }
    }
  }
}
