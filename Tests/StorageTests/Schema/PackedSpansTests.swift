import Ingest
import TestSupport
import Testing
import WireProtocol

@testable import PostgresClient
@testable import Storage
@testable import StoreInterface

/// Spans that are made from stored events, and spans of the schema before the column `listed`.
@Suite struct PackedSpansTests {
  /// Makes batches of a topic with few events and a topic with many events. Both have late events.
  private static func batches(from producer: ProducerID) throws -> [IngestBatch] {
    try (1...4).map { sequence in
      let events = (0..<100).map { number in
        let topic = number % 10 == 0 ? "rare ü" : "common"
        let isLate = number % 30 == 0
        return TestEvent(
          "é \(sequence) \(number)", topic: topic,
          time: 1_767_323_045_000_000 + Int64(sequence * 1_000 + number) - (isLate ? 3_600_000_000 : 0),
          payload: nil)
      }
      return try IngestBatch(events, from: producer, sequence: UInt64(sequence))
    }
  }

  private static let rows = """
    SELECT topic, group_id, n, min_ts, max_ts, listed FROM topic_spans ORDER BY group_id, topic, min_ts
    """

  @Test func rowsMadeLaterAreThoseThatTheWritersHadWritten() async throws {
    let producer = ProducerID.test()
    try await StoreFixture.with(adjust: { $0.schema.eventIndex = .spans }) { store in
      _ = try await store.register(producer)
      for batch in try Self.batches(from: producer) { _ = await store.commit(batch) }
      let written = try await store.sql(Self.rows)
      let connection = try PostgresConnection(ConnectionSettings(conninfo: store.conninfo))
      for index in [EventIndex.none, .spans] {
        try Migrator(connection, options: SchemaOptions(eventIndex: index), logger: .silent).run()
        let count = try await store.number("SELECT count(*) FROM topic_spans")
        #expect(count == (index == .none ? 0 : written.count))
      }
      let made = try await store.sql(Self.rows)
      #expect(made == written)
    }
  }

  /// Makes a store with spans of the older form, as the older program left it.
  private static func makeOlderStore(on conninfo: String) throws {
    let connection = try PostgresConnection(ConnectionSettings(conninfo: conninfo))
    let steps = Array(Migration.all.prefix(3))
    let options = SchemaOptions(eventIndex: .none)
    try Migrator(connection, options: options, migrations: steps, logger: .silent).run()
    try connection.execute(
      """
      INSERT INTO events (batch_id, event_id, topic, ts, source)
      SELECT (1 + n / 50) * \(GroupStatements.batchesInGroup)::bigint, 'old ' || n, 't' || n % 3,
        '2026-01-02 03:04:05Z'::timestamptz + n * interval '10 ms', 's' FROM generate_series(0, 199) n;
      SELECT setval('group_ids', 10);
      INSERT INTO topic_spans (min_ts, max_ts, group_id, n, topic, ids, times_us)
      VALUES (now(), now(), 1, 1, 't0', '{"old 0"}', '{1}');
      CREATE INDEX topic_spans_newest ON topic_spans (topic, max_ts DESC, min_ts);
      CREATE INDEX topic_spans_processed_at ON topic_spans USING brin (processed_at);
      UPDATE store SET event_index = 'spans'
      """)
  }

  @Test func aStoreWithSpansOfTheOlderFormIsReadTheSame() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try Self.makeOlderStore(on: conninfo)
      try await StoreFixture.with(database: conninfo, adjust: { $0.schema.eventIndex = .spans }) { store in
        let ofOlderGroups = "SELECT count(*) FROM topic_spans WHERE group_id <= 10"
        let count = try await store.number(ofOlderGroups)
        #expect(count == 16)
        let producer = ProducerID.test()
        _ = try await store.register(producer)
        for batch in try Self.batches(from: producer) { _ = await store.commit(batch) }
        let countThen = try await store.number(ofOlderGroups)
        #expect(countThen == count)
        var generator = SeededGenerator(seed: 3)
        let oracle = try await EventOracle(store)
        #expect(oracle.count == 600)
        try await store.withQueries { queries in
          for _ in 0..<60 {
            let query = oracle.query(using: &generator)
            let page = try await queries.events(matching: query)
            #expect(page.references == oracle.answer(to: query).events)
          }
        }
      }
    }
  }

  @Test(arguments: [EventIndex.none, .btree])
  func whoWantsNoSpansAnyLongerGetsNone(_ index: EventIndex) async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try Self.makeOlderStore(on: conninfo)
      let connection = try PostgresConnection(ConnectionSettings(conninfo: conninfo))
      try Migrator(connection, options: SchemaOptions(eventIndex: index), logger: .silent).run()
      let answer = try connection.query(
        """
        SELECT event_index, (SELECT count(*) FROM topic_spans), to_regclass('topic_spans_newest') FROM store
        """)
      #expect(answer.string(0, 0) == index.rawValue)
      #expect(answer.integer(0, 1) == 0 && answer.isNull(0, 2))
    }
  }

  /// If a list is damaged, the whole group is read instead.
  @Test(arguments: ["", "\\x00", "\\x000000000000000000ff", "\\xffffffffffffffffffffff"])
  func aDamagedListHidesNothing(_ damaged: String) async throws {
    let producer = ProducerID.test()
    try await StoreFixture.with(adjust: { $0.schema.eventIndex = .spans }) { store in
      _ = try await store.register(producer)
      for batch in try Self.batches(from: producer) { _ = await store.commit(batch) }
      _ = try await store.sql("UPDATE topic_spans SET listed = '\(damaged)' WHERE listed IS NOT NULL")
      let oracle = try await EventOracle(store)
      try await store.withQueries { queries in
        for topic in [nil, "rare ü", "common"] {
          let query = EventQuery(topic: topic, limit: 30)
          let page = try await queries.events(matching: query)
          #expect(page.references == oracle.answer(to: query).events)
        }
      }
    }
  }
}
