import Testing
import WireProtocol

@testable import Ingest

struct HistoryRingTests {
  private static let start = ContinuousClock.now

  /// A process whose counters rise, and its ring.
  private struct Process {
    var sample = HistorySample()
    var ring: HistoryRing

    init(interval: Duration = .seconds(1), capacity: Int = 5) {
      ring = HistoryRing(interval: interval, capacity: capacity, start: HistoryRingTests.start)
    }

    /// Takes a sample `seconds` after the start; since the last one, `unique` events were stored.
    mutating func tick(_ seconds: Double, unique: Int = 1, topics: [String: Int] = [:]) {
      sample.counters.uniqueEvents += unique
      sample.state.queued = sample.counters.uniqueEvents
      sample.topics = TopicCounts()
      for (topic, count) in topics { sample.topics.add(count, of: Array(topic.utf8)) }
      ring.add(sample, at: HistoryRingTests.start + .seconds(seconds))
    }

    /// The unique events of each interval; nil where they are not known.
    var unique: [Int?] { ring.intervals(since: nil).map { $0.counts?.unique } }
    var queued: [Int?] { ring.intervals(since: nil).map { $0.state?.queued } }
    /// The end of the last interval in seconds after the start.
    var end: Double { HistoryRingTests.start.duration(to: ring.end) / .seconds(1) }
  }

  @Test(
    arguments: [
      ("nothing before the first interval ends", [0.2, 0.4], [], 0),
      ("one interval a second", [1, 2, 3], [1, 1, 1], 3),
      ("ticks that come a little late or early", [1.05, 1.96, 3.09], [1, 1, 1], 3),
      ("a tick too many", [1, 1.3, 2], [1, 2], 2),
      ("the oldest intervals are replaced", [1, 2, 3, 4, 5, 6, 7], [1, 1, 1, 1, 1], 7),
      ("a clock that goes back", [1, 2, 0.5, 3], [1, 1, 2], 3),
      ("a missing sample", [1, 3, 4], [1, nil, nil, 1], 4),
      ("a gap longer than the ring", [1, 60, 61], [nil, nil, nil, nil, 1], 61),
      ("another phase after a gap", [1, 4.4, 5.4, 6.4], [nil, nil, nil, 1, 1], 6.4),
      ("a sleep of years", [1, 1e9, 1e9 + 1], [nil, nil, nil, nil, 1], 1e9 + 1),
    ] as [(String, [Double], [Int?], Double)])
  func countsByInterval(_ name: String, _ ticks: [Double], _ unique: [Int?], _ end: Double) {
    var process = Process()
    for tick in ticks { process.tick(tick) }
    #expect(process.unique == unique, "\(name)")
    #expect(abs(process.end - end) < 0.001, "\(name): \(process.end)")
  }

  @Test func theStateAfterAGapIsKnown() {
    var process = Process()
    for tick in [1, 4] as [Double] { process.tick(tick) }
    #expect(process.queued == [1, nil, nil, 2])
    #expect(process.ring.intervals(since: nil).last?.latencies == nil)
  }

  @Test(
    arguments: [
      ([10.1, 20.0, 30.2], [1, 1, 1]), ([3, 7, 10, 14, 20], [3, 2]),
      // A pause of a few seconds within, and at the end of, a long interval.
      ([1, 8, 10], [3]), ([9, 13, 20], [2, 1]),
      // More than half of an interval is missing.
      ([9, 17, 20, 27], [nil, 2]), ([5, 40], [nil, nil, nil, nil]),
    ] as [([Double], [Int?])])
  func longIntervalsHaveTheSumOfTheirSamples(_ ticks: [Double], _ unique: [Int?]) {
    var process = Process(interval: .seconds(10))
    for tick in ticks { process.tick(tick) }
    #expect(process.unique == unique)
  }

  @Test(arguments: [(0, 5), (2, 5), (2.9, 5), (3, 4), (6, 1), (6.5, 1), (7, 0), (900, 0), (-1e12, 5)])
  func returnsTheIntervalsAfterATime(_ since: Double, _ count: Int) {
    var process = Process()
    for tick in 1...7 { process.tick(Double(tick), unique: tick) }
    let intervals = process.ring.intervals(since: Self.start + .seconds(since))
    #expect(intervals.compactMap { $0.counts?.unique } == Array((1...7).suffix(count)))
  }

  @Test func countsAreDifferencesOfTheCounters() throws {
    var process = Process()
    process.sample.counters.acceptedEvents = 9
    process.sample.counters.acceptedBytes = 900
    process.sample.counters.refusals = [.badChecksum: 2]
    process.tick(1)
    process.sample.counters.acceptedEvents = 19
    process.sample.counters.acceptedBytes = 1_000
    process.sample.counters.duplicateEvents = 3
    process.sample.counters.conflicts = 2
    process.sample.counters.deadEvents = 4
    process.sample.counters.refusals = [.badChecksum: 3, .draining: 5]
    process.tick(2, unique: 6)
    var expected = HistoryInterval.Counts()
    expected.received = 10
    expected.unique = 6
    expected.duplicates = 3
    expected.conflicts = 2
    expected.dead = 4
    expected.refused = 6
    expected.bytes = 100
    #expect(process.ring.intervals(since: nil).last?.counts == expected)
  }

  @Test(arguments: [[7], [1_000], [100, 101], [3, 900_000], [0], Array(1...100)] as [[Int]])
  func percentilesAreThoseOfTheIntervalAndNotAboveItsLongestTime(_ microseconds: [Int]) throws {
    var process = Process()
    let activity = IngestActivity()
    // An hour before, so that figures since the start would differ.
    for _ in 0..<1_000 { activity.commitLatency.record(.seconds(3_600)) }
    process.sample = activity.historySample()
    process.tick(1)
    for time in microseconds { activity.commitLatency.record(.microseconds(time)) }
    process.sample = activity.historySample()
    process.tick(2)
    let latencies = try #require(process.ring.intervals(since: nil).last?.latencies)
    let longest = try #require(microseconds.max())
    let half = Int(try #require(latencies.commitP50))
    let most = Int(try #require(latencies.commitP99))
    #expect(half <= most && most <= longest)
    #expect(Double(most) >= Double(longest) * 0.875)
    #expect(half >= microseconds.sorted()[(microseconds.count - 1) / 2])
    #expect(latencies.acceptP50 == nil && latencies.acceptP99 == nil)
  }

  @Test func theLongestTimeIsThatOfAllSamplesOfAnInterval() throws {
    var process = Process(interval: .seconds(10))
    let activity = IngestActivity()
    for second in 1...10 {
      activity.acceptLatency.record(.microseconds(second == 4 ? 1_001 : 1_000))
      process.sample = activity.historySample()
      process.tick(Double(second))
    }
    #expect(process.ring.intervals(since: nil).last?.latencies?.acceptP99 == 1_001)
  }

  @Test func namesAreKeptWhileAnIntervalUsesThem() {
    var process = Process(capacity: 2)
    for (second, topic) in ["a", "b", "b", "c"].enumerated() {
      process.tick(Double(second + 1), topics: [topic: 1])
    }
    #expect(process.ring.names.count == 2)
    process.tick(5, topics: [:])
    process.tick(6, topics: [:])
    #expect(process.ring.names.count == 0)
  }

  @Test func topicsBeyondTheBoundAreLeftOutAndTheRestStaysRight() {
    var process = Process(capacity: 40)
    for second in 1...40 {
      let topics = (0..<HistoryInterval.mostTopics + 9).map { ("\(second)-\($0)", $0 + 1) }
      process.tick(Double(second), topics: Dictionary(uniqueKeysWithValues: topics))
    }
    let intervals = process.ring.intervals(since: nil)
    #expect(process.ring.names.count == HistoryNames.capacity)
    #expect(intervals.allSatisfy { $0.topics.count <= HistoryInterval.mostTopics && !$0.hasAllTopics })
    #expect(intervals[0].topics.first?.events == UInt32(HistoryInterval.mostTopics + 9))
    #expect(intervals[39].topics.isEmpty, "there is no room for more names")
  }

  @Test func aHistoryStaysWithinItsBytes() {
    #expect(MemoryLayout<HistoryInterval>.stride <= 160)
    #expect(IngestHistory.mostBytes == 6_309_632)
  }
}
