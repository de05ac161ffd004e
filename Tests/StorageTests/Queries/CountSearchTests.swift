import Ingest
import TestSupport
import Testing
import WireProtocol

@testable import PostgresClient
@testable import Storage
@testable import StoreInterface

@Suite struct CountSearchTests {
  private static let minute: Int64 = 60_000_000
  private static let begin: Int64 = 1_767_323_040_000_000

  /// Commits groups of a quarter of an hour, with late events and duplicates.
  private static func commit(to store: StoreFixture, using generator: inout SeededGenerator) async throws {
    let producer = ProducerID.test()
    _ = try await store.register(producer)
    for sequence in 1...25 {
      let events = (0..<([2, 30, 150].randomElement(using: &generator) ?? 2)).map { _ in
        let isLate = Int.random(in: 0..<10, using: &generator) == 0
        let offset =
          isLate
          ? Int64.random(in: -900...900, using: &generator) : Int64.random(in: 0..<60, using: &generator)
        var event = TestEvent(
          "\(Int.random(in: 0..<1_500, using: &generator))",
          topic: "t\(Int.random(in: 0..<30, using: &generator) / 10)",
          time: begin + (Int64(sequence) * 36 + offset) * 1_000_000,
          payload: SearchPayload.random(using: &generator))
        event.source = "s\(Int.random(in: 0..<3, using: &generator))"
        return event
      }
      _ = await store.commit(try IngestBatch(events, from: producer, sequence: UInt64(sequence)))
    }
  }

  /// Returns the sum of the answers to `query` and to all that go on from it.
  private static func everything(
    _ query: CountQuery, from queries: PostgresQueries
  ) async throws -> (numbers: [EventCounts.Key: Int64], answers: Int) {
    var numbers: [EventCounts.Key: Int64] = [:]
    var (next, answers) = (query as CountQuery?, 0)
    while let query = next {
      let counts = try await queries.counts(query)
      numbers.merge(counts.numbers, uniquingKeysWith: +)
      answers += 1
      next = counts.searchedUntil.map(query.ending)
      next?.width = counts.width
      try #require(next != query, "every answer goes on")
    }
    return (numbers, answers)
  }

  @Test(arguments: EventIndex.allCases)
  func countsPerMinuteAreThoseOfSQL(index: EventIndex) async throws {
    var generator = SeededGenerator(seed: 21)
    try await StoreFixture.with(adjust: { $0.schema.eventIndex = index }) { store in
      try await Self.commit(to: store, using: &generator)
      let window = Self.begin + 90_000_000..<Self.begin + 12 * Self.minute + 1
      let rows = try await store.sql(
        """
        SELECT (extract(epoch FROM date_trunc('minute', ts)) * 1000000)::bigint, topic, count(*) FROM events
        WHERE ts >= to_timestamp(\(window.lowerBound / 1_000_000))
          AND ts <= to_timestamp(\(window.upperBound / 1_000_000)) GROUP BY 1, 2
        """)
      var expected: [EventCounts.Key: Int64] = [:]
      for row in rows {
        expected[EventCounts.Key(start: Int64(row[0] ?? "") ?? 0, name: row[1])] = Int64(row[2] ?? "")
      }
      #expect(expected.count > 20)
      for time in [Duration.microseconds(1), .milliseconds(250)] {
        var settings = QuerySettings()
        settings.searchTime = time
        try await store.withQueries(settings) { queries in
          let query = CountQuery(EventFilter(), times: window, interval: Self.minute, grouping: .topic)
          let found = try await Self.everything(query, from: queries)
          #expect(found.numbers == expected)
          #expect(time > .milliseconds(1) || found.answers > 3, "the count stopped several times")
        }
      }
    }
  }

  @Test(arguments: EventIndex.allCases)
  func everyFilterCountsWhatASearchFinds(index: EventIndex) async throws {
    var generator = SeededGenerator(seed: 22)
    try await StoreFixture.with(adjust: { $0.schema.eventIndex = index }) { store in
      try await Self.commit(to: store, using: &generator)
      let oracle = try await EventOracle(store)
      try await store.withQueries { queries in
        for number in 0..<60 {
          let filter = oracle.query(using: &generator, isWide: true).filter
          let (since, until) = (filter.since ?? Self.begin - 30 * Self.minute, filter.until ?? .max / 2)
          guard since < until else { continue }
          let times = since..<until
          let widths: [Int64] = [1_000_000, 7_000_000, Self.minute, 86_400_000_000]
          let interval = widths.randomElement(using: &generator) ?? 1
          let query = CountQuery(
            filter, times: times, interval: interval, grouping: number % 2 == 0 ? .source : nil)
          var bounded = filter
          (bounded.since, bounded.until) = (times.lowerBound, times.upperBound)
          var expected: [EventCounts.Key: Int64] = [:]
          for event in oracle.events(matching: bounded) {
            let start = query.start(of: event.reference(by: filter.clock).time)
            expected[EventCounts.Key(start: start, name: number % 2 == 0 ? event.source : nil), default: 0] +=
              1
          }
          let found = try await Self.everything(query, from: queries).numbers
          try #require(found == expected, "\(query)")
        }
      }
    }
  }
}

/// Counts over long times, with the least budget: each answer reads one slice, or one round of spans.
@Suite struct SparseCountTests {
  private static let year: Int64 = 365 * 86_400_000_000
  private static let begin: Int64 = 1_767_323_040_000_000

  /// Returns the events that `query` counts, and the number of answers.
  private static func everything(
    _ query: CountQuery, from store: StoreFixture
  ) async throws -> (events: Int64, answers: Int) {
    var settings = QuerySettings()
    settings.searchTime = .microseconds(1)
    return try await store.withQueries(settings) { queries in
      var (events, answers) = (Int64(0), 0)
      var next: CountQuery? = query
      while let query = next {
        let counts = try await queries.counts(query)
        events += counts.numbers.values.reduce(0, +)
        answers += 1
        next = counts.searchedUntil.map(query.ending)
        next?.width = counts.width
        try #require(answers < 1_000, "a count comes to an end")
      }
      return (events, answers)
    }
  }

  private static func commit(to store: StoreFixture) async throws {
    // Two groups nine years apart; the later one has an event that is three years late.
    let old = (0..<40).map {
      TestEvent("old \($0)", topic: "t", time: begin - 9 * year + Int64($0), payload: nil)
    }
    var new = (0..<40).map { TestEvent("new \($0)", topic: "t", time: begin + Int64($0), payload: nil) }
    new.append(TestEvent("late", topic: "t", time: begin - 3 * year, payload: nil))
    _ = await store.commit(try IngestBatch(old))
    _ = await store.commit(try IngestBatch(new, sequence: 2))
  }

  @Test func theIndexOfSpansLeavesOutTimesWithoutEvents() async throws {
    try await StoreFixture.with(adjust: { $0.schema.eventIndex = .spans }) { store in
      try await Self.commit(to: store)
      for filter in [EventFilter(), EventFilter(topics: .one("t")), EventFilter(source: "billing")] {
        let times = Self.begin - 20 * Self.year..<Self.begin + 20 * Self.year
        let query = CountQuery(filter, times: times, interval: Self.year)
        let found = try await Self.everything(query, from: store)
        #expect(found.events == 81)
        #expect(found.answers <= 3, "one for each place with events at most")
        let none = CountQuery(EventFilter(topics: .one("none")), times: times, interval: Self.year)
        #expect(try await Self.everything(none, from: store) == (0, 1))
      }
    }
  }

  /// The width of the slices goes on from one answer to the next.
  @Test(arguments: [EventIndex.none, .btree])
  func slicesGrowOverTimesWithoutEvents(index: EventIndex) async throws {
    try await StoreFixture.with(adjust: { $0.schema.eventIndex = index }) { store in
      try await Self.commit(to: store)
      let times = Self.begin - 20 * Self.year..<Self.begin + 20 * Self.year
      let query = CountQuery(EventFilter(), times: times, interval: Self.year)
      let found = try await Self.everything(query, from: store)
      #expect(found.events == 81 && found.answers < 80, "\(found.answers) answers")
    }
  }
}

/// Counts that do not fit into the usual plan.
@Suite struct LargeCountTests {
  private static let begin: Int64 = 1_767_323_040_000_000
  private static let times = begin..<begin + 3_600_000_000

  private static func commit(_ count: Int, to store: StoreFixture) async throws {
    let events = (0..<count).map {
      TestEvent("\($0)", topic: "t\($0 % 10)", time: begin + Int64($0) * 1_000_000, payload: nil)
    }
    _ = await store.commit(try IngestBatch(events))
  }

  /// Every time is in the spans of all groups, so a count for each slice of time would read them all again.
  @Test func groupsWithTheSameTimesAreReadAFewTimes() async throws {
    try await StoreFixture.with(adjust: { $0.schema.eventIndex = .spans }) { store in
      let producer = ProducerID.test()
      _ = try await store.register(producer)
      for sequence in 0..<40 {
        let events = (0..<40).map { number in
          TestEvent(
            "\(sequence) \(number)", topic: "t", time: Self.begin + Int64(number * 1_000 + sequence),
            payload: nil)
        }
        _ = await store.commit(try IngestBatch(events, from: producer, sequence: UInt64(sequence + 1)))
      }
      var settings = QuerySettings()
      settings.searchTime = .microseconds(1)
      try await store.withQueries(settings) { queries in
        let query = CountQuery(EventFilter(), times: Self.times, interval: 3_600_000_000)
        let counts = try await queries.counts(query)
        #expect(counts.searchedUntil == nil && counts.numbers.values.reduce(0, +) == 1_600)
      }
    }
  }

  @Test(arguments: EventIndex.allCases, [(100, false), (9, false), (1, true)])
  func aStatementReturnsABoundedNumberOfGroups(index: EventIndex, bound: (Int, isTooFew: Bool)) async throws {
    try await StoreFixture.with(adjust: { $0.schema.eventIndex = index }) { store in
      // One minute with ten topics; the last millisecond has two of them.
      try await Self.commit(59, to: store)
      _ = await store.commit(
        try IngestBatch(
          [TestEvent("x", topic: "x", time: Self.begin + 58_000_000, payload: nil)], sequence: 2))
      let query = CountQuery(
        EventFilter(), times: Self.begin..<Self.begin + 60_000_000, interval: 60_000_000, grouping: .topic)
      let search = CountSearch(query, time: .seconds(600), mostNumbers: bound.0)
      let connection = try PostgresConnection(ConnectionSettings(conninfo: store.conninfo))
      let counts = try search.run(over: connection)
      // By the index of spans, the two events of the last millisecond are in two groups.
      let isTooFew = bound.isTooFew && index != .spans
      #expect(counts.hasTooManyNumbers == isTooFew)
      #expect(isTooFew || counts.numbers.values.reduce(0, +) == 60)
    }
  }
}
