import TestSupport
import Testing

@testable import PostgresClient

@Suite struct PostgresCopyTests {
  private func put(_ text: String, over connection: PostgresConnection) throws {
    try Array(text.utf8).withUnsafeBytes { try connection.putCopy($0) }
  }

  @Test func runsWhatStandsBeforeAndBehindTheCopy() async throws {
    try await withConnection { connection in
      let before = try connection.beginCopy(
        "CREATE TEMP TABLE t (n int); COPY t FROM STDIN; SELECT sum(n) FROM t")
      try put("1\n", over: connection)
      try put("2\n3", over: connection)
      try put("9\n", over: connection)
      let behind = try connection.endCopy()
      #expect(before.map(\.commandTag) == ["CREATE TABLE"])
      #expect(behind.map(\.commandTag) == ["COPY 3", "SELECT 1"])
      #expect(behind[1].integer(0, 0) == 42)
    }
  }

  @Test func namesTheRowThatTheServerRefused() async throws {
    try await withConnection { connection in
      try connection.execute("CREATE TEMP TABLE staging (n int)")
      _ = try connection.beginCopy("COPY staging FROM STDIN")
      let error = #expect(throws: PostgresError.self) {
        try put("1\n2\nthree\n", over: connection)
        _ = try connection.endCopy()
      }
      #expect(error?.state == "22P02")
      #expect(error?.copyRow == 3)
      #expect(connection.isUsable)
    }
  }

  @Test func noticesAServerThatEndsTheCopyEarly() async throws {
    try await withConnection { connection in
      try connection.execute("CREATE TEMP TABLE staging (n int)")
      _ = try connection.beginCopy("COPY staging FROM STDIN")
      let error = #expect(throws: PostgresError.self) {
        // More than any buffer on the way holds, so that the refusal comes in the middle.
        for _ in 0..<1_000 { try put(String(repeating: "x\n", count: 32_000), over: connection) }
        _ = try connection.endCopy()
      }
      #expect(error?.state == "22P02")
      #expect(error?.copyRow == 1)
      #expect(connection.isUsable)
    }
  }

  @Test func refusesToBeginWhenAStatementBeforeFails() async throws {
    try await withConnection { connection in
      let error = #expect(throws: PostgresError.self) {
        _ = try connection.beginCopy("SELECT 1/0; CREATE TEMP TABLE t (n int); COPY t FROM STDIN")
      }
      #expect(error?.state == "22012")
      #expect(connection.isUsable)
    }
  }

  @Test func doesNotWaitInACopyThatNobodyExpected() async throws {
    try await withConnection { connection in
      let error = #expect(throws: PostgresError.self) {
        try connection.execute("CREATE TEMP TABLE t (n int); COPY t FROM STDIN")
      }
      #expect(error?.state == "57014")
      #expect(connection.isUsable)
    }
  }
}
