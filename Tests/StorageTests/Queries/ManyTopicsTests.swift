import Ingest
import TestSupport
import Testing
import WireProtocol

@testable import PostgresClient
@testable import Storage
@testable import StoreInterface

/// Groups of very many topics, which list events by bucket, beside groups that list by topic.
@Suite struct ManyTopicsTests {
  private static let begin: Int64 = 1_767_323_040_000_000

  /// Makes groups of 100, 300 and 3,000 events of which nearly each has a topic of its own, groups of one topic, and
  /// groups of both, with late events and duplicates.
  private static func batches(
    _ sequences: ClosedRange<UInt64>, from producer: ProducerID, using generator: inout SeededGenerator
  ) throws -> [IngestBatch] {
    try sequences.map { sequence in
      let size = sequence == 3 ? 3_000 : [100, 300].randomElement(using: &generator) ?? 100
      let kind = sequence == 3 ? 2 : Int.random(in: 0..<4, using: &generator)
      let topics = sequence == 3 ? 3_000 : 600
      let events = (0..<size).map { _ in
        let isCommon = kind == 0 || kind == 1 && Int.random(in: 0..<2, using: &generator) == 0
        let number = isCommon ? 0 : Int.random(in: 0..<topics, using: &generator)
        let isLate = Int.random(in: 0..<20, using: &generator) == 0
        let offset = isLate ? Int64.random(in: -900...100, using: &generator) : 0
        var event = TestEvent(
          "\(Int.random(in: 0..<20_000, using: &generator))", topic: number == 17 ? "#17" : "t\(number)",
          time: begin + (Int64(sequence) * 500 + offset) * 1_000, payload: nil)
        event.source = "s\(number % 3)"
        return event
      }
      return try IngestBatch(events, from: producer, sequence: sequence)
    }
  }

  private static func commit(
    _ sequences: ClosedRange<UInt64>, to store: StoreFixture, seed: UInt64
  ) async throws {
    var generator = SeededGenerator(seed: seed)
    let producer = ProducerID.test()
    _ = try await store.register(producer)
    for batch in try batches(sequences, from: producer, using: &generator) { _ = await store.commit(batch) }
  }

  private static func groupsWithBuckets(_ store: StoreFixture) async throws -> Int {
    try await store.number(
      "SELECT count(DISTINCT group_id) FROM topic_spans WHERE topic LIKE '#%' AND bucket > 0")
  }

  private static func compare(_ store: StoreFixture, seed: UInt64, count: Int = 150) async throws {
    var generator = SeededGenerator(seed: seed)
    let oracle = try await EventOracle(store)
    try await store.withQueries { queries in
      for number in 0..<count {
        var query = oracle.query(using: &generator)
        if number % 2 == 0 { query.topic = oracle.events.randomElement(using: &generator)?.topic }
        if number % 10 == 1 { query.topic = "#\(Int.random(in: 1...576, using: &generator))" }
        let page = try await queries.events(matching: query)
        let expected = oracle.answer(to: query)
        try #require(page.references == expected.events, "\(query), seed \(seed)")
        try #require(page.hasMore == expected.hasMore, "\(query), seed \(seed)")
      }
    }
  }

  private static func compareLists(_ store: StoreFixture) async throws {
    var expected: [String: TopicList.Topic] = [:]
    for event in try await EventOracle(store).events {
      let known = expected[event.topic]
      expected[event.topic] = TopicList.Topic(
        name: event.topic, events: (known?.events ?? 0) + 1, latest: max(known?.latest ?? .min, event.time))
    }
    try await store.withQueries { queries in
      let list = try await queries.topicList()
      #expect(list.topics == expected.values.sorted { $0.name < $1.name } && list.count == expected.count)
      let names = try await queries.topicNames()
      #expect(names.names == Array(expected.keys.sorted().prefix(1_000)) && names.count == expected.count)
      let report = try await queries.audit()
      #expect(report.violations == [])
    }
  }

  @Test(arguments: [1 as UInt64, 2, 3])
  func searchesAgreeWithASortOfAllEvents(seed: UInt64) async throws {
    try await StoreFixture.with(adjust: { $0.schema.eventIndex = .spans }) { store in
      try await Self.commit(1...20, to: store, seed: seed)
      #expect(try await Self.groupsWithBuckets(store) >= 3)
      let number = "SELECT count(*) FROM topic_spans WHERE bucket BETWEEN"
      #expect(try await store.number("\(number) 2 AND 512") > 0, "fine buckets")
      #expect(try await store.number("\(number) 513 AND 576") > 0, "coarse buckets")
      try await Self.compare(store, seed: seed)
      try await Self.compareLists(store)
    }
  }

  /// A start that makes the index anew lists by topic what was listed by bucket.
  @Test func oldAndNewGroupsAreReadTogetherAcrossRestarts() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      for (number, index) in [EventIndex.spans, .none, .spans, .spans].enumerated() {
        try await StoreFixture.with(database: conninfo, adjust: { $0.schema.eventIndex = index }) { store in
          let first = UInt64(number * 8 + 1)
          try await Self.commit(first...first + 7, to: store, seed: first)
          try await Self.compare(store, seed: first, count: 60)
          try await Self.compareLists(store)
          if number == 3 {
            let listed = "SELECT count(DISTINCT group_id) FROM topic_spans WHERE topic LIKE 't%'"
            #expect(try await Self.groupsWithBuckets(store) > 0)
            #expect(try await store.number(listed) >= 16)
          }
        }
      }
    }
  }

  @Test func countsOfATopicAreThoseOfAllEvents() async throws {
    try await StoreFixture.with(adjust: { $0.schema.eventIndex = .spans }) { store in
      try await Self.commit(1...20, to: store, seed: 7)
      let oracle = try await EventOracle(store)
      try await store.withQueries { queries in
        for topic in ["t0", "#17", "t3", "t5", "t599", "#18"] {
          var filter = EventFilter()
          filter.topics = .one(topic)
          let query = CountQuery(
            filter, times: Self.begin - 3_600_000_000..<Self.begin + 3_600_000_000, interval: 1_000_000)
          let found = try await queries.counts(query).numbers
          var expected: [EventCounts.Key: Int64] = [:]
          for event in oracle.events(matching: filter) {
            expected[EventCounts.Key(start: query.start(of: event.time), name: nil), default: 0] += 1
          }
          #expect(found == expected, "\(topic)")
        }
      }
    }
  }

  /// Pages of a topic that has no event in most of its bucket's rows, with a budget that is spent at once.
  @Test func aSearchWithoutTimeGoesOnThroughTheRowsOfABucket() async throws {
    try await StoreFixture.with(adjust: { $0.schema.eventIndex = .spans }) { store in
      try await Self.commit(1...20, to: store, seed: 8)
      let oracle = try await EventOracle(store)
      var settings = QuerySettings()
      settings.searchTime = .microseconds(1)
      try await store.withQueries(settings) { queries in
        for (topic, order) in [
          ("t3", EventQuery.Order.newestFirst), ("t5", .oldestFirst), ("none", .newestFirst),
        ] {
          var found: [EventReference] = []
          var next: EventQuery? = EventQuery(topic: topic, order: order, limit: 5)
          while let query = next {
            let page = try await queries.events(matching: query)
            found += page.references
            try #require(page.next != query, "every page goes on")
            next = page.next
          }
          #expect(found == oracle.answer(to: EventQuery(topic: topic, order: order, limit: .max)).events)
        }
      }
    }
  }

  /// Each damage loses events for the readers of a topic.
  @Test(arguments: [
    "DELETE FROM topic_spans WHERE topic LIKE '#%' AND bucket > 0",
    "UPDATE topic_spans SET bucket = bucket % 512 + 1 WHERE topic <> '' AND bucket > 0",
    "UPDATE topic_spans SET topic = '#' || bucket % 512 + 1 WHERE topic <> '' AND bucket > 0",
    "UPDATE topic_spans SET listed = set_byte(listed, 11, (get_byte(listed, 11) + 1) % 256) WHERE topic LIKE '#%'",
    "UPDATE topic_spans SET min_ts = 'epoch', max_ts = 'epoch' WHERE topic LIKE '#%'",
  ])
  func theAuditFindsEventsThatTheirBucketLacks(damage: String) async throws {
    try await StoreFixture.with(adjust: { $0.schema.eventIndex = .spans }) { store in
      try await Self.commit(1...6, to: store, seed: 9)
      try await store.sql(damage)
      try await store.withQueries { queries in
        let report = try await queries.audit()
        #expect(report.violations.contains { $0.law == .eventsInSpans }, "\(report.violations)")
      }
    }
  }
}
