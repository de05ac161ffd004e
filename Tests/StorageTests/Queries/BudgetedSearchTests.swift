import Foundation
import Ingest
import TestSupport
import Testing
import WireProtocol

@testable import PostgresClient
@testable import Storage
@testable import StoreInterface

/// Searches with every filter and with little time, paged to their ends, against a sort and filter of all events.
@Suite struct BudgetedSearchTests {
  /// Number of random queries for each store. `SLUICE_SEARCH_QUERIES` sets another number; with the six stores there
  /// are then six times as many.
  private static let queries = Int(ProcessInfo.processInfo.environment["SLUICE_SEARCH_QUERIES"] ?? "") ?? 60

  /// Groups of several sizes, with late events, events of equal time, and payloads.
  private static func commit(
    _ count: Int, to store: StoreFixture, using generator: inout SeededGenerator
  ) async throws {
    let producer = ProducerID.test()
    _ = try await store.register(producer)
    for sequence in 1...count {
      let size = [1, 3, 20, 200].randomElement(using: &generator) ?? 1
      let events = (0..<size).map { _ in
        let isLate = Int.random(in: 0..<10, using: &generator) == 0
        let tick = Int64(sequence) * 400 + Int64.random(in: 0..<900, using: &generator)
        let offset = isLate ? Int64.random(in: -400_000...100_000, using: &generator) : 0
        let topics = ["a", "ab", "b", "b\(Int.random(in: 0..<40, using: &generator))"]
        var event = TestEvent(
          "\(Int.random(in: 0..<count * 100, using: &generator))",
          topic: topics.randomElement(using: &generator) ?? "a",
          time: 1_767_323_045_000_000 + (tick + offset) / 7 * 7_000,
          payload: SearchPayload.random(using: &generator))
        event.source = "s\(Int.random(in: 0..<4, using: &generator))"
        return event
      }
      _ = await store.commit(try IngestBatch(events, from: producer, sequence: UInt64(sequence)))
    }
  }

  @Test(arguments: EventIndex.allCases, [1, 250])
  func pagedToTheEndAgreesWithASortAndFilterOfEverything(index: EventIndex, budget: Int) async throws {
    let seed = UInt64(budget)
    var generator = SeededGenerator(seed: seed)
    try await StoreFixture.with(adjust: { $0.schema.eventIndex = index }) { store in
      try await Self.commit(20, to: store, using: &generator)
      let oracle = try await EventOracle(store)
      var settings = QuerySettings()
      settings.searchTime = .milliseconds(budget)
      try await store.withQueries(settings) { queries in
        for _ in 0..<Self.queries {
          var query = oracle.query(using: &generator, isWide: true)
          query.limit = [20, 100, 1_000].randomElement(using: &generator) ?? 20
          var whole = query
          whole.limit = .max
          let expected = oracle.answer(to: whole).events
          let found = try await Self.everything(query, from: queries)
          try #require(found == expected, "\(query), index \(index), seed \(seed)")
        }
      }
    }
  }

  /// Returns the events of all pages of `query`.
  private static func everything(
    _ query: EventQuery, from queries: PostgresQueries
  ) async throws -> [EventReference] {
    var found: [EventReference] = []
    var next: EventQuery? = query
    while let query = next {
      let page = try await queries.events(matching: query)
      found += page.events.map { EventReference(query.position(of: $0)) }
      next = page.next
      if let until = page.searchedUntil, let last = page.events.last.map(query.position) {
        #expect(query.isDescending ? last.timestamp >= until : last.timestamp <= until)
      }
      try #require(page.next != query, "every page goes on")
    }
    return found
  }

  /// A source that nobody has, over more events than the budget suffices for.
  @Test(arguments: EventIndex.allCases, EventQuery.Order.allCases)
  func aSearchWithoutEventsStopsAndGoesOn(index: EventIndex, order: EventQuery.Order) async throws {
    var generator = SeededGenerator(seed: 9)
    try await StoreFixture.with(adjust: { $0.schema.eventIndex = index }) { store in
      try await Self.commit(30, to: store, using: &generator)
      var settings = QuerySettings()
      settings.searchTime = .microseconds(1)
      try await store.withQueries(settings) { queries in
        var query = EventQuery(source: "nobody", order: order)
        var times: [Int64] = []
        while true {
          let page = try await queries.events(matching: query)
          #expect(page.events.isEmpty)
          guard let next = page.next else { break }
          times.append(try #require(page.searchedUntil))
          query = next
        }
        #expect(times.count > 3, "the search stopped several times")
        #expect(
          times == times.sorted(by: order == .newestFirst ? (>) : (<)) && Set(times).count == times.count)
      }
    }
  }

  /// Beside commits a search reads less at a time, and finds the same.
  @Test(arguments: EventIndex.allCases)
  func aSearchBesideCommitsFindsEverything(index: EventIndex) async throws {
    var generator = SeededGenerator(seed: 11)
    try await StoreFixture.with(adjust: { $0.schema.eventIndex = index }) { store in
      try await Self.commit(20, to: store, using: &generator)
      let oracle = try await EventOracle(store)
      var settings = QuerySettings()
      settings.searchTime = .milliseconds(4)
      let queries = PostgresQueries(
        ConnectionSettings(conninfo: store.conninfo), settings: settings, isCommitting: { true })
      defer { queries.close() }
      for _ in 0..<20 {
        var query = oracle.query(using: &generator, isWide: true)
        query.limit = 100
        var whole = query
        whole.limit = .max
        let found = try await Self.everything(query, from: queries)
        try #require(found == oracle.answer(to: whole).events, "\(query), index \(index)")
      }
    }
  }

  /// Each group has the times of all others, so the first group alone settles nothing.
  @Test func aSearchOverGroupsOfOneTimeComesToAnEnd() async throws {
    try await StoreFixture.with(adjust: { $0.schema.eventIndex = .spans }) { store in
      for number in 0..<20 {
        let events = (0..<30).map { place in
          TestEvent("\(number)-\(place)", topic: "t", time: 1_000 + Int64(place) * 1_000, payload: nil)
        }
        _ = await store.commit(try IngestBatch(events))
      }
      var settings = QuerySettings()
      settings.searchTime = .microseconds(1)
      try await store.withQueries(settings) { queries in
        let found = try await Self.everything(EventQuery(limit: 7), from: queries)
        #expect(found.count == 600 && Set(found).count == 600)
        #expect(try await Self.everything(EventQuery(source: "nobody"), from: queries).isEmpty)
      }
    }
  }
}
