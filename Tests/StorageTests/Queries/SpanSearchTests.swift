import Foundation
import Ingest
import TestSupport
import Testing
import WireProtocol

@testable import PostgresClient
@testable import Storage
@testable import StoreInterface

/// Compares queries that use the span index over many groups with a sort of all events.
@Suite struct SpanSearchTests {
  /// Number of random queries for each store. `SLUICE_SPAN_QUERIES` sets another number.
  private static let queries = Int(ProcessInfo.processInfo.environment["SLUICE_SPAN_QUERIES"] ?? "") ?? 60

  /// Makes groups of several sizes, with common and rare topics, many events of equal time, late events,
  /// events in the future, and duplicates with other times.
  private static func batches(
    _ count: Int, from producer: ProducerID, using generator: inout SeededGenerator
  ) throws -> [IngestBatch] {
    try (1...count).map { sequence in
      let size = [1, 3, 20, 400].randomElement(using: &generator) ?? 1
      let events = (0..<size).map { _ in
        let topic =
          Int.random(in: 0..<3, using: &generator) == 0 ? Int.random(in: 0..<300, using: &generator) : 0
        let tick = Int64(sequence) * 500 + Int64.random(in: 0..<800, using: &generator)
        let isLate = Int.random(in: 0..<20, using: &generator) == 0
        let offset = isLate ? Int64.random(in: -900_000...100_000, using: &generator) : 0
        var event = TestEvent(
          "\(Int.random(in: 0..<count * 200, using: &generator))", topic: "t\(topic)",
          time: 1_767_323_045_000_000 + (tick + offset) / 7 * 7_000, payload: nil)
        event.source = "s\(Int.random(in: 0..<3, using: &generator))"
        return event
      }
      return try IngestBatch(events, from: producer, sequence: UInt64(sequence))
    }
  }

  private static func check(
    _ queries: PostgresQueries, _ oracle: EventOracle, seed: UInt64, using generator: inout SeededGenerator
  ) async throws {
    for _ in 0..<Self.queries {
      let query = oracle.query(using: &generator)
      let page = try await queries.events(matching: query)
      let expected = oracle.answer(to: query)
      try #require(page.references == expected.events, "\(query), seed \(seed)")
      try #require(page.hasMore == expected.hasMore, "\(query), seed \(seed)")
    }
  }

  @Test(arguments: [1 as UInt64, 2, 3, 4])
  func agreesWithASortOfManyGroups(seed: UInt64) async throws {
    var generator = SeededGenerator(seed: seed)
    try await StoreFixture.with(adjust: { $0.schema.eventIndex = .spans }) { store in
      let producer = ProducerID.test()
      _ = try await store.register(producer)
      for batch in try Self.batches(50, from: producer, using: &generator) { _ = await store.commit(batch) }
      let oracle = try await EventOracle(store)
      try await store.withQueries { queries in
        try await Self.check(queries, oracle, seed: seed, using: &generator)
      }
    }
  }

  /// Each group alone has enough events for the page.
  @Test(arguments: EventQuery.Order.allCases, ["t", nil])
  func eventsOfOneTimeInSeveralGroupsAreOrderedTogether(
    order: EventQuery.Order, topic: String?
  ) async throws {
    try await StoreFixture.with(adjust: { $0.schema.eventIndex = .spans }) { store in
      for name in ["b", "a", "c"] {
        let events = (10..<30).map { TestEvent("\(name)\($0)", topic: "t", payload: nil) }
        _ = await store.commit(try IngestBatch(events))
      }
      try await store.withQueries { queries in
        let query = EventQuery(topic: topic, order: order, limit: 10)
        let page = try await queries.events(matching: query)
        let name = order == .newestFirst ? "c" : "a"
        let numbers = order == .newestFirst ? Array((20..<30).reversed()) : Array(10..<20)
        #expect(page.events.map(\.eventID) == numbers.map { "\(name)\($0)" })
      }
    }
  }

  /// Events that were stored when the first page was read are shown exactly once, whatever is committed
  /// meanwhile.
  @Test(arguments: EventQuery.Order.allCases)
  func pagesMissNothingWhileOthersCommit(order: EventQuery.Order) async throws {
    var generator = SeededGenerator(seed: 11)
    let producers = [ProducerID.test(), .test()]
    let first = try Self.batches(30, from: producers[0], using: &generator)
    let second = try Self.batches(30, from: producers[1], using: &generator)
    try await StoreFixture.with(adjust: { $0.schema.eventIndex = .spans }) { store in
      for producer in producers { _ = try await store.register(producer) }
      for batch in first { _ = await store.commit(batch) }
      let before = try await EventOracle(store)
      try await store.withQueries { queries in
        async let committed: Void = {
          for batch in second { _ = await store.commit(batch) }
        }()
        var found: [EventReference] = []
        var query = EventQuery(order: order, limit: 50)
        while true {
          let page = try await queries.events(matching: query)
          found += page.references
          query.after = page.events.last?.position
          guard page.hasMore else { break }
        }
        await committed
        #expect(Set(found).count == found.count)
        let all = before.answer(to: EventQuery(order: order, limit: .max)).events
        #expect(Set(all).isSubset(of: found) && !all.isEmpty)
        let sorted = found.sorted { order == .newestFirst ? $1 < $0 : $0 < $1 }
        #expect(found == sorted)
      }
    }
  }

  /// Servers with another setting keep running while the start of one server changes the index.
  @Test(arguments: [TransactionIsolation.readCommitted, .serializable])
  func noGroupIsLeftOutWhileTheIndexIsChanged(isolation: TransactionIsolation) async throws {
    var generator = SeededGenerator(seed: 5)
    let batches = try Self.batches(60, from: .test(), using: &generator)
    try await StoreFixture.with {
      $0.schema.eventIndex = .btree
      $0.isolation = isolation
    } _: { store in
      _ = try await store.register(batches[0].key.producer)
      for batch in batches.prefix(10) { _ = await store.commit(batch) }
      store.offer(Array(batches.dropFirst(10)))
      let connection = try PostgresConnection(ConnectionSettings(conninfo: store.conninfo))
      for index in [EventIndex.spans, .none, .spans] {
        try Migrator(connection, options: SchemaOptions(eventIndex: index), logger: .silent).run()
      }
      for batch in batches { _ = await store.outcomes.outcome(of: batch) }
      let oracle = try await EventOracle(store)
      #expect(try await store.number("SELECT count(DISTINCT group_id) FROM topic_spans") > 0)
      try await store.withQueries { queries in
        try await Self.check(queries, oracle, seed: 5, using: &generator)
      }
    }
  }

  @Test(arguments: [#"""#, #"\"#, #"{a,"b"}"#, "NULL", "null", "", "ü , é", "'"])
  func anyTextIsFoundAgainAsAnEventID(_ text: String) async throws {
    try await StoreFixture.with(adjust: { $0.schema.eventIndex = .spans }) { store in
      let ids = [text + "1", "1" + text]
      _ = await store.commit(try IngestBatch(ids.map { TestEvent($0, topic: text + "t", payload: nil) }))
      try await store.withQueries { queries in
        for topic in [nil, text + "t"] {
          let page = try await queries.events(matching: EventQuery(topic: topic))
          #expect(Set(page.events.map(\.eventID)) == Set(ids))
        }
      }
    }
  }

  @Test func groupsOfDuplicatesWriteNoSpans() async throws {
    try await StoreFixture.with(adjust: { $0.schema.eventIndex = .spans }) { store in
      let events = TestEvent.unique(20)
      _ = await store.commit(try IngestBatch(events))
      let count = try await store.number("SELECT count(*) FROM topic_spans")
      _ = await store.commit(try IngestBatch(events))
      #expect(try await store.number("SELECT count(*) FROM topic_spans") == count && count > 0)
    }
  }

  @Test func withoutTheIndexNoSpansAreWritten() async throws {
    try await StoreFixture.with(adjust: { $0.schema.eventIndex = .btree }) { store in
      _ = await store.commit(try IngestBatch(TestEvent.unique(20)))
      #expect(try await store.number("SELECT count(*) FROM topic_spans") == 0)
    }
  }
}
