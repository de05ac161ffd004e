import Ingest
import StoreInterface
import TestSupport
import Testing
import WireProtocol

@testable import PostgresClient
@testable import Storage

/// The first of two events with the same key and different payloads is kept. The conflict is counted for the
/// operator.
@Suite struct ConflictTests {
  private func conflicts(
    _ type: PayloadType = .json, isDetecting: Bool = true, _ batches: [[TestEvent]]
  ) async throws -> Int {
    try await StoreFixture.with {
      $0.schema.payloadType = type
      $0.detectsConflicts = isDetecting
      $0.writers = 1
    } _: { store in
      let producer = ProducerID.test()
      for (place, events) in batches.enumerated() {
        _ = await store.commit(try IngestBatch(events, from: producer, sequence: UInt64(place + 1)))
      }
      #expect(try await store.violations() == [])
      return try await store.number("SELECT sum(conflicts) FROM counters")
    }
  }

  private func event(_ payload: String?, id: String = "a") -> TestEvent { TestEvent(id, payload: payload) }

  /// Two payloads, and whether they differ as `json` and as `jsonb`.
  static let pairs: [(String?, String?, Bool, Bool)] = [
    ("1", "1", false, false), ("1", "2", true, true), (nil, "1", true, true), ("1", nil, true, true),
    (nil, nil, false, false), ("null", nil, true, true), (#"{"a":1}"#, #"{"a": 1}"#, true, false),
    (#"{"a":1,"b":2}"#, #"{"b":2,"a":1}"#, true, false), ("1.0", "1.00", true, false),
  ]

  @Test(arguments: pairs)
  func comparesPayloads(_ first: String?, _ second: String?, json: Bool, jsonb: Bool) async throws {
    let (first, second) = (event(first), event(second))
    // The second payload is in a later batch, and then in the same batch.
    for batches in [[[first], [second]], [[first, second]]] {
      #expect(try await conflicts(.json, batches) == (json ? 1 : 0))
      #expect(try await conflicts(.jsonb, batches) == (jsonb ? 1 : 0))
    }
  }

  @Test func leavesTheirCountToThoseWhoAsk() async throws {
    #expect(
      try await conflicts(.json, isDetecting: false, [[event("1")], [event("2")], [event("3"), event("4")]])
        == 0)
  }

  /// Each duplicate is compared with the stored event, not with the first event of its group.
  @Test func comparesEachWithTheStoredEvent() async throws {
    let later = [event("2"), event("1"), event("2"), event("1"), event("3", id: "b")]
    #expect(try await conflicts(.json, [[event("1")], later]) == 2)
  }

  @Test func comparesBatchesOfOneGroup() async throws {
    try await withMigratedConnection { connection in
      let producer = ProducerID.test()
      try connection.execute("INSERT INTO producers (producer, owner, name) VALUES ('\(producer)', '', '')")
      let batches = try [["1", "2"], ["1"], ["3"]].enumerated().map { place, payloads in
        try IngestBatch(payloads.map { event($0) }, from: producer, sequence: UInt64(place + 1))
      }
      let session = try WriterConnection(connection.settings, incarnations: Incarnations(logger: .silent))
      let transaction = GroupTransaction(
        session: session, shard: 0, isolation: .readCommitted, members: batches.map { GroupMember($0) },
        memory: DedupCache(capacity: 0), writer: 0, detectsConflicts: true)
      guard case .committed(let result) = try transaction.commit(.stagedInsert).ending else {
        Issue.record("not committed")
        return
      }
      #expect(
        result.totals == GroupTotals(batches: 3, received: 4, unique: 1, duplicate: 3, conflicts: 2))
    }
  }

  @Test func countsOverManyBatchesAndKeys() async throws {
    let stored = (0..<500).map { event("\($0)", id: "e\($0)") }
    let others = (0..<500).map { event($0 % 5 == 0 ? "-1" : "\($0)", id: "e\($0)") }
    #expect(try await conflicts(.json, [stored, others, stored + others, [event("x", id: "new")]]) == 200)
  }

  @Test func looksUpEachKeyInsteadOfReadingAllEvents() async throws {
    try await withMigratedConnection { connection in
      try connection.execute(StagingTable.definition(payload: .json))
      try connection.execute(
        """
        INSERT INTO events (ts, batch_id, event_id, topic, source)
          SELECT now(), 1, n, 't', 's' FROM generate_series(1, 2000) AS g(n);
        INSERT INTO staging SELECT batch_id, event_id, topic, ts, source, payload FROM events;
        ANALYZE events
        """)
      let plan = try connection.execute(
        """
        SET enable_seqscan = off;
        EXPLAIN \(ConflictCount(connection: connection, payloadType: .json).staged)
        """)[1]
      let text = (0..<plan.rowCount).compactMap { plan.string($0, 0) }.joined(separator: "\n")
      #expect(text.contains("Index Scan using events_pkey"), "\(text)")
    }
  }

  /// `jsonb` rejects some JSON that passes validation. The payload of a duplicate was never sent to the
  /// database before the comparison.
  @Test func outlivesARepeatThatTheDatabaseRefuses() async throws {
    let refused = event(#"{"a": 1e200000}"#)
    #expect(try await conflicts(.jsonb, [[event("1"), refused, event("2"), event("1")]]) == 1)
  }
}
