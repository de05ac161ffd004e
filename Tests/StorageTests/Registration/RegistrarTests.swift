import Ingest
import TestSupport
import Testing
import WireProtocol

@testable import Base
@testable import PostgresClient
@testable import Storage
@testable import StoreInterface

@Suite struct RegistrarTests {
  @Test func raisesTheSessionWithEachRegistration() async throws {
    try await StoreFixture.with { store in
      let producer = ProducerID.test()
      let sessions = [
        try await store.register(producer).session, try await store.register(producer).session,
        try await store.register(producer).session,
      ]
      #expect(sessions == [1, 2, 3])
      #expect(try await store.register(.test()).session == 1)
    }
  }

  @Test func saysWhatIsSettledWithinTheSpan() async throws {
    try await StoreFixture.with { store in
      let producer = ProducerID.test()
      for sequence: UInt64 in [1, 2, 4, 9, 10] {
        _ = await store.commit(try IngestBatch(TestEvent.unique(1), from: producer, sequence: sequence))
      }
      let session = try await store.register(producer, base: 2, span: 8)
      #expect(session.settled == [2, 4, 9])
      #expect(session.floor == 0)
      let narrow = try await store.register(producer, base: 2, span: 7)
      #expect(narrow.settled == [2, 4])
    }
  }

  /// Pruning never deletes the newest row of a producer, because that row declares the base. The floor is the
  /// highest pruned sequence.
  @Test func saysTheHighestSequenceThatItKnows() async throws {
    try await StoreFixture.with { store in
      let producer = ProducerID.test()
      #expect(try await store.register(producer).highest == 0)
      try await store.commit(1...9, base: 1, from: producer)
      #expect(try await store.register(producer, base: 100).highest == 9)
      #expect(try await store.register(.test()).highest == 0)
      try await store.sql("UPDATE producers SET floor = 12 WHERE name <> 'forgotten'")
      #expect(try await store.register(producer, base: 100).highest == 12)
    }
  }

  @Test func adoptsAProducerWithoutAnOwnerOnlyWhenItMay() async throws {
    let producer = ProducerID.test()
    try await StoreFixture.with { store in
      _ = try await store.register(producer)
      let error = await #expect(throws: RegistrationError.self) {
        _ = try await store.register(producer, owner: "alice")
      }
      #expect(error == .notYours)
    }
    try await StoreFixture.with(adjust: { $0.adoptsProducers = true }) { store in
      _ = try await store.register(producer)
      #expect(try await store.register(producer, owner: "alice").session == 2)
      for owner in ["bob", ""] {
        let error = await #expect(throws: RegistrationError.self) {
          _ = try await store.register(producer, owner: owner)
        }
        #expect(error == .notYours)
      }
      #expect(try await store.register(producer, owner: "alice").session == 3)
    }
  }

  @Test func refusesTheProducerOfAnotherPrincipal() async throws {
    try await StoreFixture.with { store in
      let producer = ProducerID.test()
      _ = try await store.register(producer, owner: "alice")
      let error = await #expect(throws: RegistrationError.self) {
        _ = try await store.register(producer, owner: "bob")
      }
      #expect(error == .notYours)
      #expect(try await store.register(producer, owner: "alice").session == 2)
    }
  }

  @Test(arguments: [(UInt64(5), true), (6, false)])
  func refusesABaseAtOrBelowTheFloor(_ base: UInt64, isStale: Bool) async throws {
    try await StoreFixture.with { store in
      let producer = ProducerID.test()
      _ = try await store.register(producer)
      try await store.sql("UPDATE producers SET floor = 5 WHERE name <> 'forgotten'")
      do {
        #expect(try await store.register(producer, base: base).floor == 5)
        #expect(!isStale)
      } catch let error as RegistrationError {
        #expect(isStale && error == .stale)
      }
    }
  }

  @Test func leavesTheLivingProducerItsSessionWhenACopySpeaks() async throws {
    try await StoreFixture.with { store in
      let producer = ProducerID.test()
      let living = try await store.register(producer)
      try await store.sql("UPDATE producers SET floor = 5 WHERE name <> 'forgotten'")
      let error = await #expect(throws: RegistrationError.self) {
        _ = try await store.register(producer, base: 5)
      }
      #expect(error == .stale)
      let batch = try IngestBatch(
        TestEvent.unique(1), from: producer, sequence: 6, session: living.session)
      #expect(await store.commit(batch) == .committed(unique: 1))
      #expect(store.outcomes.newerSessions.isEmpty)
    }
  }

  @Test func answersManyTogetherAndTheSameProducerInOrder() async throws {
    try await StoreFixture.with { store in
      let producers = (0..<50).map { _ in ProducerID.test() }
      let sessions = try await withThrowingTaskGroup(of: (ProducerID, Int64).self) { group in
        for producer in producers + producers + producers {
          group.addTask { (producer, try await store.register(producer).session) }
        }
        return try await group.reduce(into: [ProducerID: Set<Int64>]()) { $0[$1.0, default: []].insert($1.1) }
      }
      #expect(sessions.count == 50)
      #expect(sessions.values.allSatisfy { $0 == [1, 2, 3] })
    }
  }

  @Test(arguments: [UInt64.max, UInt64(Int64.max), UInt64(Int64.max) + 1])
  func survivesAnyBase(_ base: UInt64) async throws {
    try await StoreFixture.with { store in
      let session = try await store.register(.test(), base: base, span: .max)
      #expect(session.settled == [])
    }
  }

  @Test func storesANameThatPostgresCanNotHoldAsItIs() async throws {
    try await StoreFixture.with { store in
      let registration = ProducerRegistration(
        producer: .test(), origin: ProducerOrigin(owner: "", name: "a\u{0}b"), base: 1, span: 1)
      let answer = await withCheckedContinuation { continuation in
        store.store.register(registration) { continuation.resume(returning: $0) }
      }
      #expect(try answer.get().session == 1)
      let names = try await store.sql("SELECT name FROM producers WHERE name <> 'forgotten'")
      #expect(names == [["a\u{FFFD}b"]])
    }
  }

  @Test func saysUnavailableWhenTheDatabaseStaysUnavailable() async throws {
    try await StoreFixture.with {
      $0.registrationTimeout = .milliseconds(300)
    } _: { store in
      // Registrations wait for this lock until their timeout.
      let other = try PostgresConnection(ConnectionSettings(conninfo: store.conninfo))
      try other.execute("BEGIN; LOCK TABLE producers IN EXCLUSIVE MODE")
      let error = await #expect(throws: RegistrationError.self) {
        _ = try await store.register(.test())
      }
      #expect(error == .unavailable)
      try other.execute("ROLLBACK")
      #expect(try await store.register(.test()).session == 1)
    }
  }

  /// A locked row delays its own producer, but no other producer of the round.
  @Test func answersOthersWhileARowIsLocked() async throws {
    try await StoreFixture.with {
      $0.registrationTimeout = .milliseconds(300)
    } _: { store in
      let (held, free) = (ProducerID.test(), ProducerID.test())
      _ = try await store.register(held)
      _ = try await store.register(free)
      let other = try PostgresConnection(ConnectionSettings(conninfo: store.conninfo))
      try other.execute(
        "SET idle_in_transaction_session_timeout = 0; BEGIN; "
          + "SELECT FROM producers WHERE producer = '\(held)' FOR UPDATE")
      let waiting = Task { try await store.register(held) }
      for session: Int64 in 2...6 { #expect(try await store.register(free).session == session) }
      #expect(try await store.register(.test()).session == 1)
      let error = await #expect(throws: RegistrationError.self) { _ = try await waiting.value }
      #expect(error == .unavailable)
      try other.execute("ROLLBACK")
      #expect(try await store.register(held).session == 2)
    }
  }

  @Test(arguments: [UInt64(0), 1]) func refusesTheProducersOfTheProgramItself(_ number: UInt64) async throws {
    try await StoreFixture.with { store in
      let error = await #expect(throws: RegistrationError.self) {
        _ = try await store.register(ProducerID(high: 0, low: number))
      }
      #expect(error == .notYours)
      let rows = try await store.sql("SELECT owner, session FROM producers")
      #expect(rows == [[ForgottenProducers.owner, "0"]])
    }
  }

  @Test func answersAgainAfterItsConnectionWasEnded() async throws {
    try await StoreFixture.with { store in
      _ = try await store.register(.test())
      try await store.sql(
        """
        SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'sluice'
        """)
      #expect(try await store.register(.test()).session == 1)
    }
  }

  @Test func noticesTheDatabasesAbsenceWithoutBeingAsked() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      let availability = Availability()
      let name = conninfo.split(separator: "=").last ?? ""
      let registrar = Registrar(
        ConnectionSettings(conninfo: conninfo), incarnations: Incarnations(logger: .silent),
        timeout: .seconds(1), availability: availability,
        logger: .silent)
      let connection = try PostgresConnection(ConnectionSettings(conninfo: conninfo))
      try Migrator(connection, options: SchemaOptions(), logger: .silent).run()
      let thread = WorkerThread(name: "registrar") { registrar.run() }
      let outside = "\(conninfo) dbname=postgres"
      try await SQL.run("ALTER DATABASE \(name) ALLOW_CONNECTIONS false", on: outside)
      try await SQL.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(name)'", on: outside)
      try await waitUntil { availability.unavailableSince != nil }
      try await SQL.run("ALTER DATABASE \(name) ALLOW_CONNECTIONS true", on: outside)
      try await waitUntil { availability.unavailableSince == nil }
      registrar.close()
      #expect(thread.join(timeout: .seconds(20)))
    }
  }

  @Test func answersWhoeverWaitsWhenItCloses() async throws {
    let registrar = Registrar(
      ConnectionSettings(conninfo: "host=/nonexistent"), incarnations: Incarnations(logger: .silent),
      timeout: .seconds(60),
      availability: Availability(), logger: .silent)
    let registration = ProducerRegistration(
      producer: .test(), origin: ProducerOrigin(owner: "", name: ""), base: 1, span: 1)
    let answer = await withCheckedContinuation { continuation in
      registrar.register(registration) { continuation.resume(returning: $0) }
      registrar.close()
    }
    let error = #expect(throws: RegistrationError.self) { try answer.get() }
    #expect(error == .unavailable)
  }
}
