import Foundation
import TestSupport
import Testing

/// Tests of `sluice-publish --format` with a server.
struct FileFormatTests {
  @Test func aFileThatIsPublishedAgainChangesNothingButTheDeadEvents() async throws {
    let csv = #"""
      created,number,text
      2026-01-02T03:04:05Z,1,"a
      b"
      1767323045,2,"x ""y"""
      never,3,z
      1767323045,2
      1767323045,4,z

      """#
    try await withTemporaryDirectory { directory in
      let file = "\(directory)/orders.csv"
      try Data(csv.utf8).write(to: URL(filePath: file))
      try await TestPostgres.shared.withDatabase { conninfo in
        try await Daemon.run(over: conninfo) { daemon in
          let arguments = [
            "--input", file, "--format", "csv", "--topic", "orders", "--source", "shop", "--map",
            "_time_field=created&_id_field=number", "--on-error", "dead",
          ]
          let first = try await publish(to: daemon.tcpPort, arguments)
          #expect(first.exit == .status(1), "\(first.errors)")
          #expect(first.result?.unique == 3 && first.result?.dead == 2)
          #expect(
            first.errors.contains(
              "2 events are dead: they can never be stored as they are; the first reasons: the field"))
          #expect(first.errors.contains("; the record has 2 fields, but the header has 3"))
          let second = try await publish(to: daemon.tcpPort, arguments)
          #expect(second.result?.unique == 0 && second.result?.duplicates == 3 && second.result?.dead == 2)
          #expect(try await daemon.stop() == .status(0))
        }
        let rows = try await SQL.run(
          "SELECT event_id, source, payload FROM sluice.events ORDER BY event_id", on: conninfo)
        #expect(rows.map { $0[0] } == ["1", "2", "4"] && rows.allSatisfy { $0[1] == "shop" })
        #expect(rows[0][2]?.contains(#""a\u000ab""#) == true)
        let dead = try await SQL.run(
          "SELECT convert_from(bytes, 'UTF8') FROM sluice.dead_events ORDER BY 1", on: conninfo)
        let problems = [
          "the field for the time, \"created\": It must be a time",
          "the record has 2 fields, but the header has 3",
        ]
        for (row, problem) in zip(dead, [problems[0], problems[0], problems[1], problems[1]]) {
          #expect(row[0]?.hasPrefix(problem) == true)
        }
        #expect(dead.first?[0]?.hasSuffix("\nnever,3,z") == true)
        try await expectConserved(conninfo, unique: 3)
      }
    }
  }
}
