import Ingest
import StoreInterface
import TestSupport
import Testing
import WireProtocol

@testable import Base
@testable import PostgresClient
@testable import Storage

@Suite struct MaintenanceTests {
  @Test func runsInEveryServerByItself() async throws {
    let memory = LogMemory()
    try await StoreFixture.with(logger: memory.logger) {
      $0.maintenance.ledgerKeep = .milliseconds(1)
      $0.maintenance.eventsKeep = .milliseconds(1)
    } _: { store in
      let producer = ProducerID.test()
      try await store.commit(1...3, base: 3, from: producer)
      try await waitUntil { store.activity.snapshot().maintenance.expiredEvents == 3 }
      try await waitUntil { store.activity.snapshot().maintenance.prunedBatches == 2 }
      #expect(memory.lines.contains { $0.message == "maintenance" && $0.metadata["expired.events"] == "3" })
      #expect(try await PostgresAudit(ConnectionSettings(conninfo: store.conninfo)).run().holds)
    }
  }

  @Test func leavesItToTheServerThatIsAtIt() async throws {
    try await StoreFixture.with { store in
      let settings = ConnectionSettings(conninfo: store.conninfo)
      let round = MaintenanceRound(
        connection: try PostgresConnection(settings), settings: MaintenanceSettings(), stop: StopSignal())
      // The store's own first round is brief.
      try await waitUntil { try round.begin() }
      #expect(try await PostgresMaintenance(settings, MaintenanceSettings()).run() == nil)
    }
  }

  @Test func stopsInTheMiddleOfARound() async throws {
    try await StoreFixture.with { store in
      try await store.sql(
        """
        INSERT INTO events (ts, processed_at, batch_id, event_id, topic, source)
        SELECT now(), now() - interval '2 hours', 1, n, 't', 's' FROM generate_series(1, 20000) AS g(n)
        """)
      let stop = StopSignal()
      stop.set()
      var settings = MaintenanceSettings()
      settings.eventsKeep = .seconds(1)
      let round = MaintenanceRound(
        connection: try PostgresConnection(ConnectionSettings(conninfo: store.conninfo)), settings: settings,
        stop: stop)
      try round.run()
      #expect(round.counts == MaintenanceCounts())
    }
  }

  /// The pause is a tenth of the shortest retention, within bounds.
  @Test(arguments: [(1, 1), (100, 10), (700, 60), (7_200, 60)])
  func pausesAsLongAsItsWorkAllows(_ keep: Int, pause: Int) {
    var settings = MaintenanceSettings()
    settings.eventsKeep = .seconds(keep)
    #expect(settings.pause == .seconds(pause))
  }

  @Test func survivesADatabaseThatIsUnavailable() throws {
    let stop = StopSignal()
    let thread = WorkerThread(name: "maintenance") {
      Maintenance(
        ConnectionSettings(conninfo: "host=/nonexistent"), MaintenanceSettings(), activity: IngestActivity(),
        stop: stop, logger: .silent
      ).run()
    }
    stop.set()
    #expect(thread.join(timeout: .seconds(20)))
  }
}
