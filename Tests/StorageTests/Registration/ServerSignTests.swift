import StoreInterface
import TestSupport
import Testing
import WireProtocol

@testable import Base
@testable import PostgresClient
@testable import Storage

@Suite struct ServerSignTests {
  private let description = ServerDescription(name: "one", address: "one:7171", version: "1.2.3")

  private func start(_ store: StoreFixture, _ id: ProducerID, _ stop: StopSignal) -> WorkerThread {
    let (connection, description) = (ConnectionSettings(conninfo: store.conninfo), description)
    return WorkerThread(name: "sign") {
      ServerSign(connection, id: id, description, stop: stop, logger: .silent).run()
    }
  }

  private func list(_ store: StoreFixture) throws -> [StoredServer] {
    try ServerSign.list(over: PostgresConnection(ConnectionSettings(conninfo: store.conninfo)))
  }

  @Test func listsAServerFromItsStartToItsStop() async throws {
    try await StoreFixture.with { store in
      let (id, stop) = (ProducerID.randomHolder(), StopSignal())
      let thread = start(store, id, stop)
      try await waitUntil { try !list(store).isEmpty }
      let found = try list(store)
      #expect(found.map(\.id) == [id])
      #expect(found.map(\.description) == [description])
      #expect(found.allSatisfy { $0.isAlive && !$0.doesMaintenance && $0.seenAt >= $0.startedAt })
      stop.set()
      #expect(thread.join(timeout: .seconds(20)))
      #expect(try list(store).isEmpty)
    }
  }

  @Test func showsTheLastSignOfLifeOfAServerThatWasKilledForADay() async throws {
    try await StoreFixture.with { store in
      let insert = "INSERT INTO servers (id, name, address, version, seen_at) VALUES (gen_random_uuid(), "
      try await store.sql(
        """
        \(insert) 'killed', 'killed:1', '1', now() - interval '31 s');
        \(insert) 'older', 'older:1', '1', now() - interval '25 hours')
        """)
      let found = try list(store)
      #expect(found.map(\.description.name) == ["killed"])
      #expect(found.allSatisfy { !$0.isAlive })
      let stop = StopSignal()
      let thread = start(store, .randomHolder(), stop)
      try await waitUntil { try await store.number("SELECT count(*) FROM servers WHERE name = 'older'") == 0 }
      stop.set()
      #expect(thread.join(timeout: .seconds(20)))
      #expect(try list(store).map(\.description.name) == ["killed"])
    }
  }

  @Test func showsWhichServerDoesMaintenance() async throws {
    try await StoreFixture.with { store in
      let (id, stop) = (ProducerID.randomHolder(), StopSignal())
      let thread = start(store, id, stop)
      let round = MaintenanceRound(
        connection: try PostgresConnection(ConnectionSettings(conninfo: store.conninfo)),
        settings: MaintenanceSettings(), holder: id, stop: StopSignal())
      // The store's own first round is brief.
      try await waitUntil { try round.begin() }
      try await waitUntil { try list(store).contains { $0.id == id && $0.doesMaintenance } }
      try round.end()
      #expect(try list(store).allSatisfy { !$0.doesMaintenance })
      stop.set()
      #expect(thread.join(timeout: .seconds(20)))
    }
  }
}
