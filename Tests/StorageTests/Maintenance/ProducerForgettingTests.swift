import Ingest
import TestSupport
import Testing
import WireProtocol

@testable import PostgresClient
@testable import Storage
@testable import StoreInterface

@Suite struct ProducerForgettingTests {
  private func forget(_ store: StoreFixture) async throws -> Int {
    try await store.maintain().forgottenProducers
  }

  private func seen(_ interval: String, ago producer: ProducerID, _ store: StoreFixture) async throws {
    try await store.sql(
      "UPDATE producers SET seen_at = now() - interval '\(interval)' WHERE producer = '\(producer)'")
  }

  @Test func foldsAProducerThatNobodySawIntoOneRow() async throws {
    try await StoreFixture.with { store in
      let (gone, kept) = (ProducerID.test(), ProducerID.test())
      for _ in 0..<4 { _ = try await store.register(gone) }
      try await store.commit(1...5, base: 4, from: gone)
      try await store.commit(1...2, base: 1, from: kept)
      try await store.age("2 days", where: "producer = '\(gone)'")
      try await seen("2 days", ago: gone, store)
      let counts = try await store.maintain()
      #expect(counts.prunedBatches == 3 && counts.forgottenProducers == 1)
      let rows = try await store.sql(
        "SELECT producer, session, batches, received, unique_ FROM producers ORDER BY producer")
      #expect(rows == [["\(ForgottenProducers.id)", "4", "5", "5", "5"], ["\(kept)", "1", "0", "0", "0"]])
      #expect(try await store.number("SELECT count(*) FROM batches WHERE producer = '\(gone)'") == 0)
      #expect(try await store.violations() == [])
    }
  }

  @Test func addsToTheRowOfEarlierOnes() async throws {
    try await StoreFixture.with { store in
      for _ in 0..<3 {
        let producer = ProducerID.test()
        try await store.commit(1...2, base: 1, from: producer)
        try await store.age("2 days")
        try await seen("2 days", ago: producer, store)
        #expect(try await forget(store) == 1)
      }
      #expect(try await store.sql("SELECT batches, received FROM producers") == [["6", "6"]])
      #expect(try await store.violations() == [])
      #expect(try await forget(store) == 0)
    }
  }

  @Test func forgetsAProducerThatNeverSentABatchWithinTheHour() async throws {
    try await StoreFixture.with { store in
      let (silent, sender) = (ProducerID.test(), ProducerID.test())
      _ = try await store.register(silent)
      _ = try await store.register(sender)
      try await store.commit(1...1, base: 1, from: sender)
      for producer in [silent, sender] { try await seen("31 minutes", ago: producer, store) }
      try await store.age("31 minutes")
      try await store.maintain()
      let rows = try await store.sql("SELECT producer FROM producers ORDER BY producer")
      #expect(rows == [["\(ForgottenProducers.id)"], ["\(sender)"]])
      // The new session is above the session that an open connection may still have.
      #expect(try await store.register(silent).session == 2)
    }
  }

  @Test func notesThatASilentProducerIsConnected() async throws {
    try await StoreFixture.with { store in
      let producer = ProducerID.test()
      _ = try await store.register(producer)
      try await seen("2 days", ago: producer, store)
      let connection = try PostgresConnection(ConnectionSettings(conninfo: store.conninfo))
      try ConnectedProducers(connection: connection).note([producer, .test()], unseenFor: .seconds(60))
      try await store.maintain()
      #expect(try await store.number("SELECT count(*) FROM producers WHERE producer = '\(producer)'") == 1)
    }
  }

  /// A connection may be older than the retention of producers.
  @Test func keepsOneThatSendsThoughItRegisteredLongAgo() async throws {
    try await StoreFixture.with { store in
      let producer = ProducerID.test()
      try await store.commit(1...2, base: 1, from: producer)
      try await seen("2 days", ago: producer, store)
      #expect(try await forget(store) == 0)
    }
  }

  @Test func keepsOneThatIsInUse() async throws {
    try await StoreFixture.with { store in
      let producer = ProducerID.test()
      _ = try await store.register(producer)
      try await seen("2 days", ago: producer, store)
      let other = try PostgresConnection(ConnectionSettings(conninfo: store.conninfo))
      try other.execute("BEGIN; SELECT FROM producers FOR KEY SHARE")
      #expect(try await forget(store) == 0)
      try other.execute("COMMIT")
      #expect(try await forget(store) == 1)
    }
  }

  @Test func countsWhatAForgottenProducerSendsAgainAsReceivedAgain() async throws {
    try await StoreFixture.with { store in
      let producer = ProducerID.test()
      for _ in 0..<6 { _ = try await store.register(producer) }
      let batch = try IngestBatch(TestEvent.unique(3), from: producer)
      #expect(await store.commit(batch) == .committed(unique: 3))
      try await store.age("2 days")
      try await seen("2 days", ago: producer, store)
      #expect(try await forget(store) == 1)
      // The new session is above all earlier sessions, so that an open connection of the producer is not the
      // newest.
      #expect(try await store.register(producer).session == 7)
      #expect(await store.commit(batch) == .committed(duplicate: 3))
      #expect(try await store.number("SELECT sum(received) FROM counters") == 6)
      #expect(try await store.violations() == [])
    }
  }

  @Test func keepsTheProducerOfAnIdempotencyKeyForTheTimeOfTheLedger() async throws {
    try await StoreFixture.with { store in
      let origin = ProducerOrigin(owner: "", name: "http", isSingleBatch: true)
      let (young, old) = (ProducerID.test(), ProducerID.test())
      for producer in [young, old] {
        _ = await store.commit(try IngestBatch(TestEvent.unique(1), from: producer, origin: origin))
      }
      try await store.age("2 hours", where: "producer = '\(old)'")
      try await store.sql("UPDATE producers SET seen_at = now() - interval '2 hours'")
      #expect(try await forget(store) == 1)
      #expect(try await store.sql("SELECT producer FROM producers WHERE single_batch") == [["\(young)"]])
      #expect(try await store.violations() == [])
    }
  }

  @Test func givesNobodyTheRowOfTheSums() async throws {
    try await StoreFixture.with { store in
      let producer = ProducerID.test()
      _ = try await store.register(producer)
      try await seen("2 days", ago: producer, store)
      #expect(try await forget(store) == 1)
      let error = await #expect(throws: RegistrationError.self) {
        _ = try await store.register(ForgottenProducers.id)
      }
      #expect(error == .notYours)
    }
  }

  @Test func forgetsManyInOneRound() async throws {
    try await StoreFixture.with { store in
      let count = ProducerForgetting.pageRows * 2 + 1
      try await store.sql(
        """
        INSERT INTO producers (producer, owner, name, floor, seen_at)
        SELECT gen_random_uuid(), '', '', 1, now() - interval '2 days' FROM generate_series(1, \(count))
        """)
      #expect(try await forget(store) == count)
    }
  }
}
