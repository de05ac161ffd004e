import Ingest
import TestSupport
import Testing
import WireProtocol

@testable import Base
@testable import PostgresClient
@testable import Storage
@testable import StoreInterface

@Suite struct LeaseTests {
  private func lease(in store: StoreFixture, extendsAfter: Duration = .seconds(15)) throws -> Lease {
    Lease(
      "test", holder: .randomHolder(),
      connection: try PostgresConnection(ConnectionSettings(conninfo: store.conninfo)),
      extendsAfter: extendsAfter)
  }

  private func endAll(_ store: StoreFixture) async throws {
    try await store.sql("UPDATE leases SET held_until = clock_timestamp() - interval '1 ms'")
  }

  @Test func isHeldByOneUntilItIsGivenBack() async throws {
    try await StoreFixture.with { store in
      let (one, other) = (try lease(in: store), try lease(in: store))
      #expect(try one.take())
      #expect(try one.take(), "the holder may take it again")
      #expect(try !other.take())
      #expect(try !other.isHeld())
      #expect(try one.isHeld())
      try other.giveBack()
      #expect(try one.isHeld())
      try one.giveBack()
      #expect(try !one.isHeld())
      #expect(try other.take())
    }
  }

  @Test func isTakenOverAfterItRanOut() async throws {
    try await StoreFixture.with { store in
      let (killed, other) = (try lease(in: store), try lease(in: store))
      #expect(try killed.take())
      try await endAll(store)
      #expect(try !killed.isHeld(), "a lease that ran out is not held, also while nobody took it over")
      #expect(try other.take())
      #expect(try !killed.take())
      try killed.giveBack()
      #expect(try other.isHeld())
    }
  }

  @Test func isExtendedWhileItIsUsed() async throws {
    try await StoreFixture.with { store in
      let (often, seldom) = (try lease(in: store, extendsAfter: .zero), try lease(in: store))
      let left =
        "SELECT extract(epoch FROM held_until - clock_timestamp())::int FROM leases WHERE name = 'test'"
      let shorten = "UPDATE leases SET held_until = clock_timestamp() + interval '40 s' WHERE name = 'test'"
      #expect(try often.take())
      try await store.sql(shorten)
      #expect(try often.isHeld())
      #expect(try await store.number(left) > 50)
      try often.giveBack()
      #expect(try seldom.take())
      try await store.sql(shorten)
      #expect(try seldom.isHeld())
      #expect(try await store.number(left) <= 40)
    }
  }

  @Test func isTakenByOneOfManyAtOnce() async throws {
    try await StoreFixture.with { store in
      let conninfo = store.conninfo
      let taken = try await withThrowingTaskGroup(of: Bool.self) { group in
        for _ in 0..<8 {
          group.addTask {
            try await WorkerThread.run(named: "lease") {
              Result { () throws(PostgresError) in
                try Lease(
                  "test", holder: .randomHolder(),
                  connection: PostgresConnection(ConnectionSettings(conninfo: conninfo))
                ).take()
              }
            }.get()
          }
        }
        return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(taken == 1)
    }
  }

  /// Where in a round its lease runs out.
  enum Moment: CaseIterable {
    case beforeTheFirstStep, betweenFindingAndDeleting
  }

  @Test(arguments: Moment.allCases) func aRoundDoesNothingMoreAfterItsLease(_ moment: Moment) async throws {
    try await StoreFixture.with { store in
      try await store.sql(
        """
        INSERT INTO events (ts, processed_at, batch_id, event_id, topic, source)
        SELECT now(), now() - interval '2 hours', 1, n, 't', 's' FROM generate_series(1, 20000) AS g(n)
        """)
      var settings = MaintenanceSettings()
      settings.eventsKeep = .seconds(1)
      let connection = try PostgresConnection(ConnectionSettings(conninfo: store.conninfo))
      let thief = try PostgresConnection(ConnectionSettings(conninfo: store.conninfo))
      let round = MaintenanceRound(connection: connection, settings: settings, stop: StopSignal())
      // The store's own first round is brief.
      try await waitUntil { try round.begin() }
      let steal = "UPDATE leases SET holder = gen_random_uuid()"
      if moment == .beforeTheFirstStep { try thief.execute(steal) }
      // Called after the oldest event was found. A failure of the theft lets the expectations below fail.
      round.overdue = { _ in _ = try? thief.execute(steal) }
      try round.run()
      try round.end()
      #expect(round.lostLease)
      #expect(round.counts == MaintenanceCounts())
      #expect(try await store.number("SELECT count(*) FROM events") == 20_000)
      let left = "SELECT count(*) FROM leases WHERE held_until > clock_timestamp()"
      #expect(try await store.number(left) == 1, "the lease of the other holder was given back")
    }
  }

  @Test func isGivenBackAtTheEndOfARound() async throws {
    try await StoreFixture.with { store in
      try await store.maintain()
      let held = "SELECT count(*) FROM leases WHERE held_until > clock_timestamp()"
      #expect(try await store.number(held) == 0)
      #expect(try await store.number("SELECT count(*) FROM leases WHERE name = 'maintenance'") == 1)
    }
  }
}
