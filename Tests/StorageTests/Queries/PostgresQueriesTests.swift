import Ingest
import TestSupport
import Testing
import WireProtocol

@testable import PostgresClient
@testable import Storage
@testable import StoreInterface

@Suite struct PostgresQueriesTests {
  @Test(.timeLimit(.minutes(2)))
  func searchesOfPeopleKeepNeitherCountersNorSignsOfLifeNorTheTailWaiting() async throws {
    try await StoreFixture.with { store in
      var patient = ConnectionSettings(conninfo: store.conninfo)
      // On a busy machine the searches start late. The lock must be held until they wait for it.
      patient.idleInTransactionTimeout = .seconds(600)
      let blocker = try PostgresConnection(patient)
      try blocker.execute("BEGIN; LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
      var settings = QuerySettings()
      settings.statementTimeout = .seconds(600)
      settings.timeout = .seconds(600)
      try await store.withQueries(settings) { queries in
        let searches = (0..<80).map { _ in Task { try await queries.events(matching: EventQuery()) } }
        // When two searches wait for the lock, all others are queued or were refused.
        try await waitUntil {
          try await SQL.run(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'sluice.events'::regclass",
            on: store.conninfo)
            == [["2"]]
        }
        try await queries.ping()
        _ = try await queries.totals()
        _ = try await queries.producers(ProducerQuery(after: nil, limit: 10)).producers
        _ = try await queries.topicNames()
        _ = try await queries.tailPosition()
        for search in searches { search.cancel() }
        // A cancelled search returns without waiting for the running query.
        for search in searches { await #expect(throws: QueryError.self) { try await search.value } }
      }
      withExtendedLifetime(blocker) {}
    }
  }

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

  @Test func tellsTheEventsThatABatchStoredFromThoseThatWereKnown() async throws {
    try await StoreFixture.with { store in
      let events = TestEvent.unique(6)
      let first = try IngestBatch(Array(events[0..<3]))
      let second = try IngestBatch(Array(events[1..<6]) + [events[5]])
      _ = await store.commit(first)
      _ = await store.commit(second)
      let keys = events.map { EventKey(topic: $0.topic, eventID: $0.id) }
      let strange = [EventKey(topic: "t\u{0}", eventID: "1"), EventKey(topic: "t", eventID: "absent")]
      try await store.withQueries { queries in
        let unknown = BatchKey(producer: first.key.producer, sequence: 99)
        let ofFirst = try await queries.positions(of: keys, storedBy: first.key)
        let ofSecond = try await queries.positions(of: strange + keys, storedBy: second.key)
        let ofUnknown = try await queries.positions(of: keys, storedBy: unknown)
        let ofNone = try await queries.positions(of: [], storedBy: first.key)
        #expect(ofFirst == [0, 1, 2])
        #expect(ofSecond == [5, 6, 7])
        #expect(ofUnknown.isEmpty && ofNone.isEmpty)
      }
    }
  }

  @Test func onlyCommittedEventsAreShown() async throws {
    try await StoreFixture.with { store in
      let writer = try PostgresConnection(ConnectionSettings(conninfo: store.conninfo))
      try writer.execute(
        "BEGIN; INSERT INTO events (ts, batch_id, event_id, topic, source) VALUES (now(), 1, 'a', 't', 's')")
      try await store.withQueries { queries in
        let found = try await queries.events(matching: EventQuery()).events
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
        let topics = try await queries.topicNames()
        #expect(topics.count == 1_002)
        #expect(topics.names.count == 1_000)
        #expect(topics.names == (0..<1_002).map { "topic-\($0)" }.sorted().prefix(1_000).map { $0 })
      }
    }
  }

  @Test func namesATopicAsSoonAsThisServerCommittedIt() async throws {
    try await StoreFixture.with { store in
      let queries = PostgresQueries(
        ConnectionSettings(conninfo: store.conninfo), settings: .unhurried,
        newTopics: { store.activity.topics.changes })
      defer { queries.close() }
      for number in 1...5 {
        _ = await store.commit(
          try IngestBatch([TestEvent("e", topic: "topic-\(number)", payload: nil)], sequence: UInt64(number)))
        #expect(try await queries.topicNames().names == (1...number).map { "topic-\($0)" })
      }
    }
  }

  /// The list was read before, and is not read again for 30 s.
  @Test(arguments: [EventIndex.spans, .btree])
  func listsANewTopicAtOnceWithItsFigures(index: EventIndex) async throws {
    try await StoreFixture.with(adjust: { $0.schema.eventIndex = index }) { store in
      let queries = PostgresQueries(
        ConnectionSettings(conninfo: store.conninfo), settings: .unhurried,
        newTopics: { store.activity.topics.changes })
      defer { queries.close() }
      _ = await store.commit(try IngestBatch([TestEvent("e", topic: "b", time: 5, payload: nil)]))
      #expect(try await queries.topicList().topics.map(\.name) == ["b"])
      let events = ["a", "c"].flatMap { topic in
        (0..<3).map { TestEvent("\($0)", topic: topic, time: Int64($0), payload: nil) }
      }
      _ = await store.commit(try IngestBatch(events, sequence: 2))
      let list = try await queries.topicList()
      #expect(list.count == 3)
      #expect(
        list.topics == [
          TopicList.Topic(name: "a", events: 3, latest: 2), TopicList.Topic(name: "b", events: 1, latest: 5),
          TopicList.Topic(name: "c", events: 3, latest: 2),
        ])
    }
  }

  @Test func listsNoTopicsOfAnEmptyStore() async throws {
    try await StoreFixture.with { store in
      try await store.withQueries { queries in
        let topics = try await queries.topicNames()
        #expect(topics == TopicNames(names: [], count: 0))
      }
    }
  }

  @Test(arguments: EventIndex.allCases)
  func countsTheEventsOfEachTopic(index: EventIndex) async throws {
    try await StoreFixture.with(adjust: { $0.schema.eventIndex = index }) { store in
      let events = (0..<30).map { number in
        TestEvent("\(number)", topic: number < 10 ? "Z" : "a", time: Int64(number) * 1_000_000, payload: nil)
      }
      _ = await store.commit(try IngestBatch(events + events))
      try await store.withQueries { queries in
        let list = try await queries.topicList()
        #expect(
          list.topics == [
            TopicList.Topic(name: "Z", events: 10, latest: 9_000_000),
            TopicList.Topic(name: "a", events: 20, latest: 29_000_000),
          ])
        #expect(list.count == 2)
        let now = try await store.number("SELECT (extract(epoch FROM now()) * 1000000)::bigint")
        #expect(list.asOf <= Int64(now) && list.asOf > Int64(now) - 60_000_000)
      }
    }
  }

  @Test func deadEventsComeLastFirstPageByPage() async throws {
    try await StoreFixture.with { store in
      for sequence in 1...2 {
        let events = (0..<3).map { TestEvent("\(sequence)-\($0)", payload: "x") }
        let dead = (0..<3).map { DeadEvent(position: $0, reason: .payloadSyntax) }
        _ = await store.commit(try IngestBatch(events, sequence: UInt64(sequence), dead: dead))
      }
      try await store.withQueries { queries in
        var query = DeadEventQuery(limit: 4)
        let page = try await queries.deadEvents(query)
        let first = page.events
        query.after = page.next
        let second = try await queries.deadEvents(query).events
        #expect((first + second).compactMap(\.eventID) == ["2-2", "2-1", "2-0", "1-2", "1-1", "1-0"])
        let event = try #require(first.first)
        #expect(event.reason == "payload_syntax" && event.bytes == Array("x".utf8) && event.byteCount == 1)
        #expect(event.sequence == 2 && event.place.position == 2 && event.source == "billing")
        #expect(event.timestamp == 1_700_000_000_123_456 && event.detail == nil)
      }
    }
  }

  @Test func producersShowTheirPrunedAndTheirUnprunedBatches() async throws {
    try await StoreFixture.with { store in
      let producers = (0..<3).map { _ in ProducerID.test() }.sorted()
      for producer in producers { _ = try await store.register(producer) }
      for sequence in 1...3 {
        _ = await store.commit(
          try IngestBatch(TestEvent.unique(10), from: producers[1], sequence: UInt64(sequence)))
      }
      try await store.sql(
        """
        DELETE FROM batches WHERE sequence = 1;
        UPDATE producers SET batches = 1, received = 10, unique_ = 10, floor = 1 WHERE producer = '\(producers[1])'
        """)
      try await store.withQueries { queries in
        let all = try await queries.producers(ProducerQuery(after: nil, limit: 10)).producers
        #expect(all.map(\.producer) == producers)
        #expect(all[1].batches == 3 && all[1].floor == 1 && all[1].name == "a test")
        #expect(all[1].counts == AuditReport.Counts(received: 30, unique: 30, duplicate: 0, dead: 0))
        #expect(all[0].batches == 0 && all[0].counts.received == 0)
        let rest = try await queries.producers(ProducerQuery(after: all[0].place, limit: 1)).producers
        #expect(rest == [all[1]])
        let behind = ProducerPlace(name: "a test\0", producer: producers[0])
        let none = try await queries.producers(ProducerQuery(after: behind, limit: 1)).producers
        #expect(none == [])
      }
    }
  }

  @Test(arguments: ProducerQuery.Order.allCases, [1, 2, 10])
  func producersHaveTheOrderOfTheQueryOverAllPages(order: ProducerQuery.Order, limit: Int) async throws {
    try await StoreFixture.with { store in
      let producers = (0..<4).map { _ in ProducerID.test() }.sorted()
      for producer in producers { _ = try await store.register(producer) }
      for (producer, count) in [(1, 5), (3, 9), (2, 5)] {
        _ = await store.commit(try IngestBatch(TestEvent.unique(count), from: producers[producer]))
      }
      try await store.sql(
        """
        UPDATE producers SET received = 20, unique_ = 20 WHERE producer = '\(producers[0])';
        UPDATE producers SET seen_at = now() - interval '1 hour' WHERE producer = '\(producers[3])';
        UPDATE producers SET seen_at = now() + interval '1 hour' WHERE producer = '\(producers[2])';
        UPDATE producers SET seen_at = now() - interval '1 day' WHERE producer = '\(producers[0])'
        """)
      let expected =
        switch order {
        case .name: [0, 1, 2, 3]
        case .seen: [2, 1, 3, 0]
        case .received: [0, 3, 1, 2]
        }
      try await store.withQueries { queries in
        var query = ProducerQuery(order: order, limit: limit)
        var found: [ProducerID] = []
        while true {
          let page = try await queries.producers(query)
          #expect(page.count == 4)
          guard let last = page.producers.last else { break }
          found += page.producers.map(\.producer)
          query.after = query.place(of: last)
        }
        #expect(found == expected.map { producers[$0] })
        query.after = nil
        query.only = [producers[1], .test()]
        #expect(try await queries.producers(query).producers.map(\.producer) == [producers[1]])
        query.only = nil
        query.without = [producers[1], producers[2]]
        #expect(try await queries.producers(query).count == 2)
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
    #expect(error?.description.hasPrefix("the database cannot be reached: ") == true)
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
