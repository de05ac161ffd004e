import Ingest
import Testing
import WireProtocol

@testable import Storage

/// Events that can never be stored are dead-lettered, and the rest of their group commits.
@Suite struct DeadEventTests {
  @Test func keepsWhatIsReadableOfADeadEvent() async throws {
    try await StoreFixture.with { store in
      let long = String(repeating: "x", count: 20_000)
      var events = TestEvent.unique(4)
      events[1] = TestEvent("bad \u{0} id", topic: "t", time: 7, payload: "{}")
      events[2] = TestEvent("id 2", topic: "t", time: -5, payload: long)
      let dead = [
        DeadEvent(position: 1, reason: .eventIDText), DeadEvent(position: 2, reason: .payloadSyntax),
      ]
      let batch = try IngestBatch(events, sequence: 9, dead: dead)
      #expect(await store.commit(batch) == .committed(unique: 2, dead: 2))
      let rows = try await store.sql(
        """
        SELECT position, reason, detail, sequence, time_us, topic, event_id, source, byte_count,
          length(bytes), producer = '\(batch.key.producer)' AND at > now() - interval '1 hour'
        FROM dead_events ORDER BY position
        """)
      #expect(
        rows == [
          ["1", "event_id_text", nil, "9", "7", "t", nil, "billing", "8", "8", "t"],
          ["2", "payload_syntax", nil, "9", "-5", "t", "id 2", "billing", "20000", "8192", "t"],
        ])
      let bytes = try await store.sql("SELECT bytes FROM dead_events WHERE position = 1")
      #expect(bytes == [["\\x626164200020" + "6964"]])
      #expect(try await store.violations() == [])
    }
  }

  @Test func keepsWhatIsNoEventAsAWholeAndSaysNothingThatIsNotKnown() async throws {
    try await StoreFixture.with { store in
      let events = [TestEvent("", topic: "t", time: 0, payload: "{\"topic\":\"t\"}")]
      let batch = try IngestBatch(events, dead: [DeadEvent(position: 0, reason: .eventForm)])
      #expect(await store.commit(batch) == .committed(dead: 1))
      let rows = try await store.sql(
        "SELECT reason, time_us, topic, event_id, convert_from(bytes, 'UTF8'), byte_count FROM dead_events")
      #expect(rows == [["event_form", nil, "t", nil, "{\"topic\":\"t\"}", "13"]])
    }
  }

  @Test(arguments: DeadReason.allCases)
  func storesEveryReasonUnderItsName(_ reason: DeadReason) async throws {
    try await StoreFixture.with { store in
      let dead = [DeadEvent(position: 0, reason: reason)]
      let batch = try IngestBatch([TestEvent("a", payload: nil)], dead: dead)
      #expect(await store.commit(batch) == .committed(dead: 1))
      let rows = try await store.sql("SELECT reason FROM dead_events")
      #expect(rows == [[reason.rawValue]])
    }
  }

  @Test func insertsMoreThanOneStatementHolds() async throws {
    try await StoreFixture.with { store in
      let dead = (0..<2_500).map { DeadEvent(position: $0, reason: .payloadDepth) }
      let batch = try IngestBatch(TestEvent.unique(2_501), dead: dead)
      #expect(await store.commit(batch) == .committed(unique: 1, dead: 2_500))
      #expect(try await store.violations() == [])
      #expect(try await store.number("SELECT count(DISTINCT position) FROM dead_events") == 2_500)
    }
  }

  /// Validation accepts these payloads, but the database rejects them, and its error names the row.
  @Test(arguments: [1, 8, 9, 30])
  func isolatesRowsThatTheDatabaseRefuses(_ count: Int) async throws {
    try await StoreFixture.with { store in
      var events = TestEvent.unique(200)
      let refused = (0..<count).map { $0 * 6 + 3 }
      for position in refused { events[position].payload = "{" }
      let good = try IngestBatch(TestEvent.unique(50))
      let bad = try IngestBatch(events)
      store.offer(good, bad)
      let expected = BatchOutcome.committed(unique: UInt32(200 - count), dead: UInt32(count))
      #expect(await store.outcomes.outcome(of: bad) == expected)
      #expect(await store.outcomes.outcome(of: good) == .committed(unique: 50))
      let rows = try await store.sql("SELECT position, reason FROM dead_events ORDER BY position")
      #expect(rows == refused.map { ["\($0)", "refused_by_database"] })
      #expect(try await store.number("SELECT count(*) FROM dead_events WHERE detail LIKE '%json%'") == count)
      #expect(try await store.violations() == [])
    }
  }

  /// Validation accepts these events, but the database rejects them. The error names no row, because it comes
  /// from the INSERT.
  @Test(arguments: ["22001", "22003", "22008", "22021", "22026", "22P02", "22P05", "54000"])
  func searchesRowsThatNoErrorNames(_ state: String) async throws {
    try await StoreFixture.with { store in
      try await store.sabotage(
        "events", when: "NEW.event_id LIKE 'poison%'", "RAISE EXCEPTION 'no' USING ERRCODE = '\(state)'")
      let producer = ProducerID.test()
      let batches = try (0..<4).map { place in
        var events = TestEvent.unique(20)
        if place == 2 { events[3].id = "poison 1"; events[17].id = "poison 2" }
        return try IngestBatch(events, from: producer, sequence: UInt64(place + 1))
      }
      store.offer(batches)
      for (place, batch) in batches.enumerated() {
        let expected: BatchOutcome =
          place == 2 ? .committed(unique: 18, dead: 2) : .committed(unique: 20)
        #expect(await store.outcomes.outcome(of: batch) == expected)
      }
      let rows = try await store.sql("SELECT sequence, position, event_id FROM dead_events ORDER BY position")
      #expect(rows == [["3", "3", "poison 1"], ["3", "17", "poison 2"]])
      #expect(try await store.violations() == [])
    }
  }

  @Test func countsTheSameDeadEventsInAReplay() async throws {
    try await StoreFixture.with { store in
      var events = TestEvent.unique(5)
      events[0].payload = "["
      let batch = try IngestBatch(events, dead: [DeadEvent(position: 4, reason: .payloadLength)])
      #expect(await store.commit(batch) == .committed(unique: 3, dead: 2))
      #expect(await store.commit(batch) == .replayed(unique: 3, dead: 2))
      #expect(try await store.number("SELECT count(*) FROM dead_events") == 2)
    }
  }
}
