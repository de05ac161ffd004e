import Ingest
import Logging
import Testing
import WireProtocol

@testable import Storage

/// Log lines about groups.
@Suite struct WriterLogTests {
  /// Commits one batch and returns the logged lines.
  private func lines(
    of batch: IngestBatch, after prepare: (StoreFixture) async throws -> Void = { _ in }
  ) async throws -> [LogLine] {
    let memory = LogMemory()
    try await StoreFixture.with(logger: memory.logger) { store in
      try await prepare(store)
      _ = await store.commit(batch)
    }
    return memory.lines
  }

  @Test func writesOneLineForEachGroupAtTheLevelDebug() async throws {
    let events = TestEvent.unique(5)
    let lines = try await lines(of: IngestBatch(events + events))
    let committed = lines.filter { $0.message == "group committed" }
    #expect(committed.count == 1)
    let line = try #require(committed.first)
    #expect(line.level == .debug)
    #expect(line.metadata["group.events"] == "10")
    #expect(line.metadata["group.unique"] == "5")
    #expect(line.metadata["group.duplicate"] == "5")
    #expect(line.metadata["group.dead"] == "0")
    #expect(line.metadata["group.ms"].flatMap { Int($0) } != nil)
  }

  @Test func saysHowManyEventsOfAGroupAreDead() async throws {
    let batch = try IngestBatch(
      TestEvent.unique(2), dead: [DeadEvent(position: 0, reason: .payloadSyntax)])
    let lines = try await lines(of: batch)
    #expect(lines.first { $0.message == "group committed" }?.metadata["group.dead"] == "1")
  }

  @Test func complainsOnceAboutAFaultOfTheEnvironmentAndSaysWhenItIsOver() async throws {
    let lines = try await lines(of: IngestBatch(TestEvent.unique(2))) { store in
      try await store.sabotage("events", times: 5, "RAISE EXCEPTION 'disk full' USING ERRCODE = '53100'")
    }
    let complaints = lines.filter { $0.level >= .warning }
    #expect(complaints.count == 1)
    #expect(complaints.first?.metadata["error.sqlstate"] == "53100")
    #expect(lines.contains { $0.level == .info && $0.message == "the database takes events again" })
  }

  @Test func neverWritesAPayload() async throws {
    var events = TestEvent.unique(20)
    for place in events.indices { events[place].payload = "{\"secret\": hunter2" }
    let lines = try await lines(of: IngestBatch(events))
    #expect(!lines.isEmpty)
    #expect(!lines.contains { line in "\(line)".contains("hunter2") })
  }
}
