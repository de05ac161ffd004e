import TestSupport
import Testing

@Suite struct TestPostgresTests {
  @Test func lendsAFreshDatabaseToEachTest() async throws {
    let postgres = try await TestPostgres.shared
    for _ in 0..<2 {
      try await postgres.withDatabase { conninfo in
        try await SQL.run("CREATE TABLE mark(n int)", on: conninfo)
        #expect(try await SQL.value("SELECT count(*) FROM mark", on: conninfo) == "0")
      }
    }
  }

  @Test func dropsADatabaseThatIsStillInUse() async throws {
    let postgres = try await TestPostgres.shared
    let name = try await postgres.withDatabase { conninfo in
      try await SQL.value("SELECT current_database()", on: conninfo)
    }
    try await postgres.withDatabase { conninfo in
      let left = try await SQL.value(
        "SELECT count(*) FROM pg_database WHERE datname = '\(name)'", on: conninfo)
      #expect(left == "0")
    }
  }
}
