import Foundation
import TestSupport
import Testing

/// Tests with real programs and a real Postgres that compare every row.
struct StoringTests {
  @Test func everyDistinctEventIsOneRowWithTheContentOfOneOfItsEvents() async throws {
    let model = ModelEvents(count: 20_000, duplicates: 6_000, seed: 7)
    try await withTemporaryDirectory { directory in
      let file = "\(directory)/events.ndjson"
      try model.lines.joined(separator: "\n").write(toFile: file, atomically: true, encoding: .utf8)
      try await TestPostgres.shared.withDatabase { conninfo in
        try await Daemon.run(over: conninfo) { daemon in
          let (exit, result, errors) = try await publish(
            to: daemon.tcpPort, ["--input", file, "--batch", "500"])
          #expect(exit == .status(0), "\(errors)")
          #expect(result?.unique == 14_000)
          #expect(result?.duplicates == 6_000)
          let ending = try await daemon.stop()
          #expect(ending == .status(0))
        }
        let rows = try await SQL.run(
          """
          SELECT topic, event_id, (extract(epoch FROM ts) * 1000000)::bigint, source, payload
          FROM sluice.events
          """, on: conninfo)
        let stored = Dictionary(
          rows.map { (ModelEvents.Key(topic: $0[0] ?? "", id: $0[1] ?? ""), $0) }, uniquingKeysWith: { $1 })
        #expect(rows.count == 14_000)
        let wrong = model.rows.filter { key, possible in stored[key].map(possible.contains) != true }
        #expect(wrong.isEmpty, "\(wrong.count) rows differ, such as \(String(describing: wrong.first))")
        try await expectConserved(conninfo, unique: 14_000)
      }
    }
  }

  @Test func generatedEventsAreCountedAsExpectedOverSeveralConnections() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Daemon.run(over: conninfo) { daemon in
        let (exit, result, errors) = try await publish(
          to: daemon.tcpPort,
          [
            "--events", "20000", "--duplicates", "0.3", "--connections", "3", "--batch", "300", "--verify",
            "http://127.0.0.1:\(daemon.httpPort)",
          ])
        #expect(exit == .status(0), "\(errors)")
        let unique = try #require(result?.uniqueExpected)
        #expect(result?.unique == unique)
        #expect(result?.committed == 20_000)
        try await expectConserved(conninfo, unique: unique)
        let stats: Stats = try await daemon.get("/stats").decode()
        #expect(
          stats
            == Stats(received: 20_000, uniqueProcessed: unique, duplicateDropped: 20_000 - unique, dead: 0))
      }
    }
  }

  @Test func eventsAreShownByTopicOverHTTP() async throws {
    let model = ModelEvents(count: 300, duplicates: 0, seed: 3)
    try await withTemporaryDirectory { directory in
      let file = "\(directory)/events.ndjson"
      try model.lines.joined(separator: "\n").write(toFile: file, atomically: true, encoding: .utf8)
      try await TestPostgres.shared.withDatabase { conninfo in
        try await Daemon.run(over: conninfo) { daemon in
          _ = try await publish(to: daemon.tcpPort, ["--input", file])
          let expected = model.rows.keys.filter { $0.topic == "topic.5" }.count
          let listed: ListedEvents = try await daemon.get("/events?topic=topic.5&limit=1000").decode()
          #expect(listed.count == expected)
          #expect(listed.events.allSatisfy { $0.topic == "topic.5" })
        }
      }
    }
  }
}
