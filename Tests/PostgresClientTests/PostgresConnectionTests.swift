import TestSupport
import Testing
import WireProtocol

@testable import PostgresClient

@Suite struct PostgresConnectionTests {
  @Test(arguments: [
    ("application_name", "sluice"), ("search_path", #""odd ""name""""#), ("client_encoding", "UTF8"),
    ("lock_timeout", "5s"), ("statement_timeout", "30s"), ("idle_in_transaction_session_timeout", "10s"),
    ("TimeZone", "UTC"),
  ])
  func setsWhatEverySessionNeeds(_ setting: String, _ value: String) async throws {
    try await withConnection {
      $0.schema = #"odd "name""#
      $0.conninfo += " application_name=other options='-c statement_timeout=77777'"
    } _: { connection in
      let answer = try connection.execute("SHOW \(setting)")
      #expect(answer[0].string(0, 0) == value)
    }
  }

  @Test func returnsOneResultForEachStatement() async throws {
    try await withConnection { connection in
      let answers = try connection.execute("SELECT 1; SELECT 'two'; CREATE TEMP TABLE t (); SELECT NULL")
      #expect(answers.map(\.commandTag) == ["SELECT 1", "SELECT 1", "CREATE TABLE", "SELECT 1"])
      #expect(answers[0].integer(0, 0) == 1)
      #expect(answers[1].string(0, 0) == "two")
      #expect(answers[3].isNull(0, 0))
    }
  }

  @Test func canBeUsedAfterAnError() async throws {
    try await withConnection { connection in
      let error = #expect(throws: PostgresError.self) {
        try connection.execute("SELECT 1; SELECT 1/0; SELECT 2")
      }
      #expect(error?.state == "22012")
      #expect(error?.isConnectionLost == false)
      #expect(connection.isUsable)
    }
  }

  @Test func runsOneStatementWhetherPreparedOrNot() async throws {
    try await withConnection { connection in
      try connection.execute("PREPARE sum(int, int) AS SELECT $1 + $2")
      for statement in [
        PostgresStatement(prepared: "sum", [.int(40), .int(2)]),
        PostgresStatement("SELECT $1 + $2", [.int(40), .int(2)]),
      ] {
        #expect(try connection.query(statement).integer(0, 0) == 42)
      }
    }
  }

  @Test func runsAPipelineInOrder() async throws {
    try await withConnection { connection in
      let answers = try connection.pipeline([
        PostgresStatement("BEGIN"),
        PostgresStatement("SELECT $1 + 1", [.bigint(41)]),
        PostgresStatement("SELECT $1", [.text("a")]),
        PostgresStatement("COMMIT"),
      ])
      #expect(answers.map(\.commandTag) == ["BEGIN", "SELECT 1", "SELECT 1", "COMMIT"])
      #expect(answers[1].integer(0, 0) == 42)
      #expect(answers[2].string(0, 0) == "a")
    }
  }

  @Test func throwsTheFirstErrorOfAPipelineAndGoesOn() async throws {
    try await withConnection { connection in
      let error = #expect(throws: PostgresError.self) {
        _ = try connection.pipeline([
          PostgresStatement("BEGIN"), PostgresStatement("SELECT 1/0"), PostgresStatement("SELECT nonsense"),
          PostgresStatement("COMMIT"),
        ])
      }
      #expect(error?.state == "22012")
      #expect(connection.isInTransaction)
      try connection.execute("ROLLBACK")
      #expect(!connection.isInTransaction)
      #expect(connection.isUsable)
    }
  }

  @Test func collectsWarningsOfTheLastCommand() async throws {
    try await withConnection { connection in
      try connection.execute("DO $$ BEGIN RAISE NOTICE 'small'; RAISE WARNING 'large'; END $$")
      #expect(connection.warnings.first == "large")
      try connection.execute("SELECT 1")
      #expect(connection.warnings.first == nil)
    }
  }

  @Test func saysThatItIsLostWhenItsBackendIsEnded() async throws {
    try await withConnection { connection in
      try await SQL.run(
        "SELECT pg_terminate_backend(\(connection.backendPID), 10000)", on: connection.settings.conninfo)
      let error = #expect(throws: PostgresError.self) { try connection.execute("SELECT 1") }
      #expect(error?.isConnectionLost == true)
    }
  }

  @Test func takesAFatalErrorForALostConnection() async throws {
    try await withConnection { connection in
      let error = #expect(throws: PostgresError.self) {
        try connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
      }
      #expect(error?.state == "57P01")
      #expect(error?.isConnectionLost == true)
    }
  }

  @Test func givesUpOnAServerThatDoesNotAnswer() async throws {
    try await withConnection {
      $0.answerTimeout = .milliseconds(50)
    } _: { connection in
      let error = #expect(throws: PostgresError.self) { try connection.execute("SELECT pg_sleep(60)") }
      #expect(error?.isConnectionLost == true)
      #expect(error?.message.contains("no sign of life") == true)
    }
  }

  @Test func endsAStatementThatRunsTooLong() async throws {
    try await withConnection {
      $0.statementTimeout = .milliseconds(20)
    } _: { connection in
      let error = #expect(throws: PostgresError.self) { try connection.execute("SELECT pg_sleep(60)") }
      #expect(error?.state == "57014")
      #expect(error?.isConnectionLost == false)
    }
  }

  @Test(arguments: ["host=/nonexistent", "postgresql://127.0.0.1:1/x", "host=", "no such keyword=1"])
  func saysWhyItCanNotConnect(_ conninfo: String) {
    let error = #expect(throws: PostgresError.self) {
      _ = try PostgresConnection(ConnectionSettings(conninfo: conninfo))
    }
    #expect(error?.isConnectionLost == true)
    #expect(error?.message.isEmpty == false)
  }
}
