import Ingest
import TestSupport
import Testing
import WireProtocol

@testable import Storage

@Suite struct PostgresQueriesTests {
  @Test func totalsAreTheSumsOfAllShards() async throws {
    try await StoreFixture.with { store in
      let events = TestEvent.unique(10)
      let dead = [DeadEvent(position: 9, reason: .payloadSyntax)]
      _ = await store.commit(try IngestBatch(events + events, dead: dead))
      try await store.sql("UPDATE counters SET conflicts = 1 WHERE shard IN (0, 7)")
      try await store.withQueries { queries in
        let totals = try await queries.totals()
        #expect(totals == StoreTotals(received: 20, unique: 10, duplicate: 9, dead: 1, conflicts: 2))
      }
    }
  }

  @Test func onlyCommittedEventsAreShown() async throws {
    try await StoreFixture.with { store in
      let writer = try PostgresConnection(ConnectionSettings(conninfo: store.conninfo))
      try writer.execute(
        "BEGIN; INSERT INTO events (ts, batch_id, event_id, topic, source) VALUES (now(), 1, 'a', 't', 's')")
      try await store.withQueries { queries in
        let found = try await queries.events(matching: EventQuery())
        #expect(found.isEmpty)
      }
      withExtendedLifetime(writer) {}
    }
  }

  @Test(arguments: EventIndex.allCases)
  func listsTopicsSortedAndCountsThemAll(index: EventIndex) async throws {
    try await StoreFixture.with(adjust: { $0.schema.eventIndex = index }) { store in
      let events = (0..<1_003).map { TestEvent("e", topic: "topic-\($0 % 1_002)", payload: nil) }
      _ = await store.commit(try IngestBatch(events))
      try await store.withQueries { queries in
        let topics = try await queries.topics()
        #expect(topics.count == 1_002)
        #expect(topics.names.count == 1_000)
        #expect(topics.names == (0..<1_002).map { "topic-\($0)" }.sorted().prefix(1_000).map { $0 })
      }
    }
  }

  @Test func listsNoTopicsOfAnEmptyStore() async throws {
    try await StoreFixture.with { store in
      try await store.withQueries { queries in
        let topics = try await queries.topics()
        #expect(topics == TopicNames(names: [], count: 0))
      }
    }
  }

  @Test func reconnectsWithoutAnErrorAfterItsConnectionsWereEnded() async throws {
    try await StoreFixture.with { store in
      try await store.withQueries { queries in
        try await queries.ping()
        try await store.sql(
          """
          SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid()
          """)
        try await queries.ping()
      }
    }
  }

  @Test func saysThatNoDatabaseCanBeReached() async throws {
    let queries = PostgresQueries(ConnectionSettings(conninfo: "host=/nowhere"))
    defer { queries.close() }
    let error = await #expect(throws: QueryError.self) { try await queries.ping() }
    #expect(error?.isTransient == true)
    #expect(error?.description.hasPrefix("the database can not be reached: ") == true)
  }

  @Test func isNotTransientWhenTheSchemaIsMissing() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      let queries = PostgresQueries(ConnectionSettings(conninfo: conninfo))
      defer { queries.close() }
      let error = await #expect(throws: QueryError.self) { _ = try await queries.totals() }
      #expect(error?.isTransient == false)
    }
  }
}
