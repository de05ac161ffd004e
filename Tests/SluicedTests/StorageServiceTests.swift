import DaemonConfiguration
import DaemonServices
import Ingest
import Logging
import ServiceLifecycle
import Storage
import TestSupport
import Testing

@testable import Sluiced

/// The real store over the real database, stopped with batches in the queue.
struct StorageServiceTests {
  /// Runs `body` while a store over a fresh database serves, and then stops it in order.
  private func serve(
    _ body: @Sendable (IngestParts) async throws -> Void,
    afterwards: @Sendable (String, StorageService, IngestParts) async throws -> Void
  ) async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      let settings = DaemonSettings(url: conninfo)
      try await Database.with(settings, logger: .silent) { database in
        let parts = IngestParts(settings, logger: .silent)
        let store = database.store(queue: parts.queue, activity: parts.activity, health: parts.health)
        try await store.start()
        let service = StorageService(store: store, queue: parts.queue) { .seconds(60) }
        let group = ServiceGroup(services: [service], logger: .silent)
        async let running: Void = group.run()
        try await body(parts)
        await group.triggerGracefulShutdown()
        try await running
        try await afterwards(conninfo, service, parts)
      }
    }
  }

  @Test func commitsWhatTheQueueHoldsBeforeItStops() async throws {
    let count = 50
    try await serve { parts in
      for sequence in 1...UInt64(count) {
        let waiting = try batchOfOneEvent(sequence)
        guard case .accepted = parts.queue.offer(waiting, observer: IndifferentObserver()) else {
          Issue.record("batch \(sequence) was not accepted")
          return
        }
      }
    } afterwards: { conninfo, service, parts in
      #expect(service.abandonedCount == 0)
      #expect(parts.queue.depth.batches == 0)
      let stored = try await SQL.value("SELECT count(*) FROM sluice.events", on: conninfo)
      #expect(stored == "\(count)")
    }
  }

  @Test func refusesBatchesOnceItStopped() async throws {
    try await serve { _ in
    } afterwards: { _, _, parts in
      let late = try batchOfOneEvent()
      guard case .closed = parts.queue.offer(late, observer: IndifferentObserver()) else {
        Issue.record("a batch was accepted that nobody will commit")
        return
      }
    }
  }
}
