import Ingest
import StoreInterface
import TestSupport
import Testing
import WireProtocol

@testable import Storage

/// Duplicates of every kind, with each commit strategy.
@Suite struct WriterStrategyTests {
  private func withStore(
    _ strategy: CommitStrategySetting, recentKeys: Int = 1_000, logger: LogMemory? = nil,
    violations: Int = 0, _ body: (StoreFixture) async throws -> Void
  ) async throws {
    try await StoreFixture.with(logger: logger?.logger ?? .silent) {
      $0.strategy = strategy
      $0.recentKeys = recentKeys
      $0.writers = 1
    } _: { store in
      try await body(store)
      let found = try await store.violations()
      #expect(found.count == violations, "\(found)")
    }
  }

  @Test(arguments: CommitStrategySetting.allCases, [0, 1_000])
  func countsDuplicatesOfEarlierGroups(_ strategy: CommitStrategySetting, _ recentKeys: Int) async throws {
    try await withStore(strategy, recentKeys: recentKeys) { store in
      let events = TestEvent.unique(30)
      #expect(await store.commit(try IngestBatch(events)) == .committed(unique: 30))
      for _ in 0..<3 {
        let more = TestEvent.unique(4)
        let batch = try IngestBatch(events.shuffled() + more)
        #expect(await store.commit(batch) == .committed(unique: 4, duplicate: 30))
      }
    }
  }

  @Test(arguments: CommitStrategySetting.allCases)
  func countsDuplicatesOfEventsThatAnotherServerStored(_ strategy: CommitStrategySetting) async throws {
    try await withStore(strategy) { store in
      let old = TestEvent.unique(10)
      try await StoreFixture.with(database: store.conninfo) { other in
        let batch = try IngestBatch(old)
        #expect(await other.commit(batch) == .committed(unique: 10))
      }
      for _ in 0..<4 {
        let batch = try IngestBatch(TestEvent.unique(3) + old)
        #expect(await store.commit(batch) == .committed(unique: 3, duplicate: 10))
      }
      #expect(try await store.number("SELECT count(*) FROM events") == 22)
    }
  }

  /// An event that was deleted is stored again, although the dedup cache had its key.
  @Test(arguments: CommitStrategySetting.allCases)
  func storesAnEventAgainThatWasDeleted(_ strategy: CommitStrategySetting) async throws {
    // The violation is the batch whose events were deleted.
    try await withStore(strategy, violations: 1) { store in
      let events = TestEvent.unique(3)
      _ = await store.commit(try IngestBatch(events))
      try await store.sql("DELETE FROM events; UPDATE counters SET expired = 3 WHERE shard = 0")
      #expect(await store.commit(try IngestBatch(events)) == .committed(unique: 3))
      #expect(await store.commit(try IngestBatch(events)) == .committed(duplicate: 3))
      #expect(try await store.number("SELECT count(*) FROM events") == 3)
    }
  }

  @Test(arguments: CommitStrategySetting.allCases)
  func answersReplaysAmongNewBatches(_ strategy: CommitStrategySetting) async throws {
    try await withStore(strategy) { store in
      let producer = ProducerID.test()
      let events = TestEvent.unique(5)
      let first = try IngestBatch(events, from: producer)
      _ = await store.commit(first)
      // One group has a batch that is in the ledger, and a batch with the same events that is not.
      store.offer(first, try IngestBatch(events + TestEvent.unique(1), from: producer, sequence: 2))
      #expect(await store.outcomes.outcome(of: first) == .replayed(unique: 5))
      let second = try IngestBatch(events, from: producer, sequence: 2)
      #expect(await store.outcomes.outcome(of: second) == .committed(unique: 1, duplicate: 5))
    }
  }

  /// The keys of a batch that is not stored must not count as stored for other batches of its group.
  @Test(arguments: CommitStrategySetting.allCases)
  func aRefusedBatchDoesNotStandForTheEventsOfOthers(_ strategy: CommitStrategySetting) async throws {
    try await withStore(strategy) { store in
      let producer = ProducerID.test()
      _ = await store.commit(try IngestBatch(TestEvent.unique(2), from: producer))
      let events = TestEvent.unique(3)
      let reused = try IngestBatch(events, from: producer)
      let other = try IngestBatch(events, from: producer, sequence: 2)
      store.offer(reused, other)
      #expect(await store.outcomes.outcome(of: reused) == .sequenceReused)
      #expect(await store.outcomes.outcome(of: other) == .committed(unique: 3))
    }
  }

  @Test(arguments: CommitStrategySetting.allCases)
  func isolatesEventsThatTheDatabaseRefuses(_ strategy: CommitStrategySetting) async throws {
    try await withStore(strategy) { store in
      var events = TestEvent.unique(6)
      events[2] = TestEvent("early", time: .min, payload: nil)
      events[4] = TestEvent("late", time: .min, payload: nil)
      let batch = try IngestBatch(events)
      #expect(await store.commit(batch) == .committed(unique: 4, dead: 2))
    }
  }

  /// An extension may refuse one statement and take another with the same rows, with an error of its own.
  @Test(arguments: [CommitStrategySetting.directCopy, .lookupThenCopy])
  func stagesAGroupWhoseCopyFailsWithAnUnknownError(_ strategy: CommitStrategySetting) async throws {
    try await withStore(strategy) { store in
      try await store.sabotage(
        "events", when: "current_query() LIKE '%COPY events (%'",
        "RAISE EXCEPTION 'no COPY' USING ERRCODE = 'XX000'")
      for _ in 0..<3 {
        #expect(await store.commit(try IngestBatch(TestEvent.unique(5))) == .committed(unique: 5))
      }
      #expect(store.activity.snapshot().groupRetries == 0)
    }
  }

  @Test func usesDirectCopyUntilOldDuplicatesAreFrequentAndSaysSo() async throws {
    let log = LogMemory()
    try await withStore(.auto, recentKeys: 0, logger: log) { store in
      let events = TestEvent.unique(5)
      for _ in 0..<4 { _ = await store.commit(try IngestBatch(events)) }
    }
    let strategies = log.lines.filter { $0.message == "group committed" }.map {
      $0.metadata["group.strategy"]
    }
    #expect(strategies == ["pipelinedInsert", "lookupThenCopy", "lookupThenCopy", "lookupThenCopy"])
  }
}
