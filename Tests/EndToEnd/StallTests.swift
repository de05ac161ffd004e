import Foundation
import TestSupport
import Testing

/// Tests that no stall is silent: health, log and metrics show each cause that keeps batches from being
/// committed.
struct StallTests {
  @Test func aLockThatIsHeldShowsInHealthLogAndMetricsAndItsEndToo() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Daemon.run(over: conninfo, arguments: ["--timeouts-stall", "1s"]) { daemon in
        try await RunningPublisher.runUntilStopped(to: [daemon.tcpPort], rate: 10_000) { publisher in
          try await waitForEvents(2_000, in: conninfo)
          try await holding("LOCK TABLE sluice.events", on: conninfo) {
            _ = try await daemon.program.errorLine {
              $0.contains("not committed as they should be") && $0.contains("queue.oldest.seconds")
            }
            // The age of the batch is reported first. The writer's reason counts as a failure only after it
            // has lasted as long.
            try await waitUntil { try await daemon.get("/health").status == 503 }
            let health = try await daemon.get("/health")
            #expect(health.text.contains("\"problems\":[{"))
            #expect(health.text.contains("\"oldest_batch_seconds\""))
            let metrics = try await daemon.get("/metrics").text
            let longest = metrics.split(separator: "\n").first { $0.hasPrefix("sluice_problem_seconds ") }
            #expect(longest.map { !$0.hasSuffix(" 0") } == true)
          }
          publisher.stop()
          let result = try await publisher.finish(alone: conninfo)
          #expect(result.dead == 0)
          _ = try await daemon.program.errorLine { $0.contains("batches are committed again") }
          #expect(try await daemon.get("/health").status == 200)
        }
      }
    }
  }

  /// Runs `body` while a connection outside of the program holds the locks of `statement`.
  private func holding(
    _ statement: String, on conninfo: String, _ body: () async throws -> Void
  ) async throws {
    let application = "holder \(UInt32.random(in: .min ... .max))"
    let backends = "pg_stat_activity WHERE application_name = '\(application)'"
    let holder = Task {
      // The statement ends with an error when its backend is terminated.
      _ = try? await SQL.run(
        "BEGIN; \(statement); SET application_name = '\(application)'; SELECT pg_sleep(600)", on: conninfo)
    }
    // Postgres shows all statements of one message as one query, so the application name shows that the lock
    // is held.
    try await waitUntil { try await SQL.value("SELECT count(*) FROM \(backends)", on: conninfo) != "0" }
    let result: Result<Void, any Error>
    do {
      result = .success(try await body())
    } catch {
      result = .failure(error)
    }
    try await SQL.run("SELECT pg_terminate_backend(pid) FROM \(backends)", on: conninfo)
    await holder.value
    try result.get()
  }
}
