import Ingest
import StoreInterface
import TestSupport
import Testing
import WireProtocol

@testable import Storage

@Suite struct DeadEventReturnTests {
  /// Commits a batch whose events are all dead-lettered.
  private func giveUp(_ events: [TestEvent], on store: StoreFixture) async throws {
    let dead = events.indices.map { DeadEvent(position: $0, reason: .quarantined) }
    let batch = try IngestBatch(events, dead: dead)
    #expect(await store.commit(batch) == .committed(dead: UInt32(events.count)))
    try await store.sql("UPDATE dead_events SET retry_at = now()")
  }

  @Test(arguments: PayloadType.allCases)
  func storesAnEventOnceWhatRefusedItIsOver(_ type: PayloadType) async throws {
    try await StoreFixture.with {
      $0.schema = SchemaOptions(payloadType: type)
    } _: { store in
      let time: Int64 = 253_402_300_799_999_999
      let long = TestEvent(
        "long", topic: "t", time: time, payload: "\"\(String(repeating: "x", count: 20_000))\"")
      let none = TestEvent("none", topic: "t", time: -1, payload: nil)
      try await giveUp([long, none], on: store)
      try await store.maintain()
      let rows = try await store.sql(
        "SELECT event_id, length(payload::text), ts, source FROM events ORDER BY event_id")
      #expect(
        rows == [
          ["long", "20002", "9999-12-31 23:59:59.999999+00", "billing"],
          ["none", nil, "1969-12-31 23:59:59.999999+00", "billing"],
        ])
      #expect(try await store.number("SELECT count(*) FROM dead_events") == 0)
      #expect(try await store.violations() == [])
    }
  }

  @Test func countsAnEventThatOthersStoredMeanwhileAsADuplicate() async throws {
    try await StoreFixture.with { store in
      let event = TestEvent("one")
      try await giveUp([event], on: store)
      #expect(await store.commit(try IngestBatch([event])) == .committed(unique: 1))
      try await store.maintain()
      #expect(try await store.number("SELECT count(*) FROM events") == 1)
      #expect(try await store.number("SELECT sum(duplicate) FROM counters") == 1)
      #expect(try await store.violations() == [])
    }
  }

  @Test func leavesAnEventThatIsStillRefusedForALaterTime() async throws {
    try await StoreFixture.with { store in
      try await store.sabotage("events", when: "NEW.event_id = 'a'", "RAISE EXCEPTION 'no'")
      try await giveUp([TestEvent("a"), TestEvent("b")], on: store)
      try await store.maintain()
      let rows = try await store.sql("SELECT event_id, retries, retry_at > now() FROM dead_events")
      #expect(rows == [["a", "1", "t"]])
      #expect(try await store.violations() == [])
    }
  }

  @Test func triesNoEventThatValidationRefused() async throws {
    try await StoreFixture.with { store in
      let batch = try IngestBatch([TestEvent("a")], dead: [DeadEvent(position: 0, reason: .payloadSyntax)])
      #expect(await store.commit(batch) == .committed(dead: 1))
      #expect(try await store.number("SELECT count(*) FROM dead_events WHERE retry_at IS NULL") == 1)
      #expect(try await store.maintain().returnedEvents == 0)
    }
  }
}
