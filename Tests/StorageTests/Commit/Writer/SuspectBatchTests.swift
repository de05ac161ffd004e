import FaultProxy
import Ingest
import Logging
import Synchronization
import TestSupport
import Testing
import WireProtocol

@testable import PostgresClient
@testable import Storage

/// Batches that fail because of their contents, or seem to. Other batches go on, and no event is
/// dead-lettered for a fault of the environment.
@Suite struct SuspectBatchTests {
  /// Sets the shortest times, so that a batch is judged as soon as it has failed often enough.
  private func adjust(_ settings: inout StoreSettings) {
    settings.connection.answerTimeout = .milliseconds(300)
    settings.group.events = 1
    settings.writers = 1
    settings.retries.timeAlone = .milliseconds(1)
    settings.retries.timeOfFailures = .zero
    settings.retries.trialPauses = .milliseconds(5) ... .milliseconds(20)
  }

  /// Commits other batches until `isOver`.
  private func commitOthers(on store: StoreFixture, until isOver: () async throws -> Bool) async throws {
    while try await !isOver() {
      let other = try IngestBatch(TestEvent.unique(2))
      #expect(await store.commit(other) == .committed(unique: 2))
    }
  }

  /// Commits other batches until `batch` is settled.
  private func outcome(
    of batch: IngestBatch, amidOthersOn store: StoreFixture
  ) async throws -> BatchOutcome {
    try await commitOthers(on: store) { store.outcomes.isSettled(batch) }
    return await store.outcomes.outcome(of: batch)
  }

  @Test func quarantinesABatchThatBreaksEachConnectionThatTakesOthers() async throws {
    let log = LogMemory()
    try await StoreFixture.with(logger: log.logger, adjust: adjust) { store in
      // The backend sleeps for longer than the answer timeout, so the writer considers the connection lost.
      try await store.sabotage("events", when: "NEW.event_id = 'poison'", "PERFORM pg_sleep(0.5)")
      let dead = [DeadEvent(position: 0, reason: .payloadSyntax)]
      var events = [TestEvent("bad"), TestEvent("poison"), TestEvent("fine")]
      events[2].payload = "\"\(String(repeating: "x", count: 20_000))\""
      let poison = try IngestBatch(events, dead: dead)
      store.offer(poison)
      #expect(try await outcome(of: poison, amidOthersOn: store) == .committed(dead: 3))
      let rows = try await store.sql(
        """
        SELECT position, reason, length(bytes) = byte_count, retry_at IS NOT NULL FROM dead_events
        ORDER BY position
        """)
      #expect(
        rows == [
          ["0", "payload_syntax", "t", "f"], ["1", "quarantined", "t", "t"], ["2", "quarantined", "t", "t"],
        ])
      #expect(log.lines.contains { $0.level == .error && $0.message.hasPrefix("batch quarantined") })
      #expect(try await store.violations() == [])
    }
  }

  /// A network path that drops large packets breaks the connection of every large batch, whatever its
  /// contents.
  @Test func blamesNoBatchForABreakThatDependsOnItsSize() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      let host = try #require(conninfo.firstMatch(of: /host='(\/[^']+)'/)?.1)
      try await withTemporaryDirectory { directory in
        let isNarrow = Mutex(true)
        let target = ProxyAddress.postgres(in: String(host))
        try await FaultProxy.run(to: target, on: .postgres(in: directory), speaking: .postgres) { _ in
          isNarrow.withLock { $0 } ? [Fault(.cut, .toServer, .afterBytes(60_000))] : []
        } _: { proxy in
          let proxied = conninfo.replacing(host, with: directory)
          try await StoreFixture.with(database: proxied, adjust: adjust) { store in
            var events = TestEvent.unique(1)
            events[0].payload = "\"\(String(repeating: "x", count: 100_000))\""
            let large = try IngestBatch(events)
            store.offer(large)
            try await commitOthers(on: store) { proxy.acceptedCount > 25 }
            #expect(try await SQL.value("SELECT count(*) FROM sluice.dead_events", on: conninfo) == "0")
            #expect(!store.outcomes.isSettled(large))
            isNarrow.withLock { $0 = false }
            #expect(await store.outcomes.outcome(of: large) == .committed(unique: 1))
          }
        }
      }
    }
  }

  /// One event of three causes an error that is not in the list of data errors.
  @Test(arguments: ["P0001", "XX000", "54001", "53200", "23514", "22012"])
  func givesAnEventUpThatIsRefusedWhileEverythingElseIsCommitted(_ state: String) async throws {
    try await StoreFixture.with(adjust: adjust) { store in
      try await store.sabotage(
        "events", when: "NEW.event_id = 'poison'", "RAISE EXCEPTION 'no' USING ERRCODE = '\(state)'")
      let batch = try IngestBatch([TestEvent("before"), TestEvent("poison"), TestEvent("after")])
      store.offer(batch)
      #expect(try await outcome(of: batch, amidOthersOn: store) == .committed(unique: 2, dead: 1))
      let rows = try await store.sql("SELECT event_id, reason, detail LIKE '%\(state)%' FROM dead_events")
      #expect(rows == [["poison", "refused_by_database", "t"]])
      #expect(try await store.violations() == [])
    }
  }

  /// An error of the database's environment never makes an event dead, even if only one event meets it.
  @Test(arguments: ["53100", "42501", "40001", "57014", "55P03", "58030"])
  func givesNoEventUpForItsSurroundingsAndLetsOthersGoOn(_ state: String) async throws {
    try await StoreFixture.with(adjust: adjust) { store in
      try await store.sabotage(
        "events", when: "NEW.event_id = 'poison'", "RAISE EXCEPTION 'no' USING ERRCODE = '\(state)'")
      let batch = try IngestBatch([TestEvent("poison")])
      store.offer(batch)
      try await commitOthers(on: store) { try await store.sabotages() > 30 }
      #expect(!store.outcomes.isSettled(batch))
      #expect(try await store.problem(.rejected).reason.contains(state))
      try await store.sql("DROP TRIGGER sabotage ON events")
      #expect(await store.outcomes.outcome(of: batch) == .committed(unique: 1))
      #expect(try await store.number("SELECT count(*) FROM dead_events") == 0)
    }
  }

  @Test func blamesNobodyWhileNothingElseIsCommitted() async throws {
    try await StoreFixture.with(adjust: adjust) { store in
      try await store.sabotage("events", "RAISE EXCEPTION 'no' USING ERRCODE = 'P0001'")
      let batches = try (0..<3).map { _ in try IngestBatch(TestEvent.unique(2)) }
      store.offer(batches)
      try await store.waitUntil("SELECT last_value > 60 FROM sabotages")
      #expect(store.outcomes.count == 0)
      try await store.sql("DROP TRIGGER sabotage ON events")
      for batch in batches { #expect(await store.outcomes.outcome(of: batch) == .committed(unique: 2)) }
      #expect(try await store.number("SELECT count(*) FROM dead_events") == 0)
    }
  }
}
