import Glibc
import TestSupport
import Testing

@testable import Storage

/// What a killed daemon, a killed server or a crash of the machine leave behind.
@Suite struct EmbeddedPostgresRecoveryTests {
  @Test func takesOverTheHealthyServerOfAKilledDaemon() async throws {
    try await EmbeddedPostgres.withConfiguration { configuration in
      let left = try await EmbeddedPostgres.abandon(configuration)
      try await EmbeddedPostgres.run(configuration) { server in
        let process = try await server.process()
        #expect(process == left)
      }
      #expect(!left.isRunning)
    }
  }

  @Test func restartsAServerThatHasOtherSettings() async throws {
    try await EmbeddedPostgres.withConfiguration { configuration in
      var configuration = configuration
      let left = try await EmbeddedPostgres.abandon(configuration)
      configuration.overrides.append(ServerSetting("work_mem", "7MB", "a change"))
      try await EmbeddedPostgres.run(configuration) { server in
        let value = try await SQL.value("SHOW work_mem", on: server.connectionString)
        #expect(value == "7MB")
        let process = try await server.process()
        #expect(process != left)
      }
    }
  }

  @Test func restartsAServerThatDoesNotAnswer() async throws {
    try await EmbeddedPostgres.withConfiguration { configuration in
      var configuration = configuration
      configuration.stopTimeout = .milliseconds(1)
      let left = try await EmbeddedPostgres.abandon(configuration)
      left.send(SIGSTOP)
      try await EmbeddedPostgres.run(configuration) { server in
        let process = try await server.process()
        #expect(process != left)
      }
      #expect(!left.isRunning)
    }
  }

  @Test func startsAgainWhenTheServerIsKilled() async throws {
    try await EmbeddedPostgres.withConfiguration { configuration in
      var configuration = configuration
      configuration.isKeptRunning = true
      try await EmbeddedPostgres.run(configuration) { server in
        let connection = server.connectionString
        try await SQL.run("CREATE TABLE kept AS SELECT 7 AS n", on: connection)
        // A backend in the middle of a statement does not notice that its server is gone.
        let busy = Task {
          try await SQL.run("SELECT count(*) FROM generate_series(1, 1000000000000)", on: connection)
        }
        try await waitUntil {
          try await SQL.value(
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%generate_series%'", on: connection)
            == "2"
        }
        let killed = try #require(try await server.process())
        killed.send(SIGKILL)
        await #expect(throws: TestSupportError.self) { _ = try await busy.value }
        try await waitUntil { (try? await SQL.value("SELECT n FROM kept", on: connection)) == "7" }
        let process = try await server.process()
        #expect(process != killed)
      }
    }
  }

  @Test func survivesTheKillOfEveryProcessAtOnce() async throws {
    try await EmbeddedPostgres.withConfiguration { configuration in
      for round in 1...3 {
        do {
          let server = try await EmbeddedPostgres.start(configuration, logger: .silent)
          try await SQL.run("CREATE TABLE round_\(round)(n int)", on: server.connectionString)
        }
        for process in ServerProcess.all(ofCluster: "\(configuration.dataDirectory)/postgres") {
          process.send(SIGKILL)
        }
      }
      try await EmbeddedPostgres.run(configuration) { server in
        let count = try await SQL.value(
          "SELECT count(*) FROM pg_tables WHERE tablename LIKE 'round%'", on: server.connectionString)
        #expect(count == "3")
      }
    }
  }

  @Test func startsAlthoughThePIDOfAKilledServerBelongsToAnotherProcess() async throws {
    try await EmbeddedPostgres.withConfiguration { configuration in
      try await EmbeddedPostgres.run(configuration) { _ in }
      let cluster = "\(configuration.dataDirectory)/postgres"
      let owner = try #require(FileStatus(cluster, followingLinks: false)?.owner)
      let account = try #require(ServerAccount(userID: owner))
      // Postgres would refuse: the number is in use, by a process of its own account.
      let stranger = try await ServerProgram(directory: "/usr/bin", account: account)
        .start("sleep", ["600"], log: open("/dev/null", O_WRONLY))
      defer { kill(stranger, SIGKILL) }
      let file = try #require(fopen("\(cluster)/postmaster.pid", "w"))
      fputs("\(stranger)\n\(cluster)\n1700000000\n5432\n\n\n", file)
      fclose(file)
      let socket = try SocketDirectory(
        for: try DataDirectory(path: configuration.dataDirectory).path, account: account,
        parent: configuration.socketParent)
      let lock = try #require(fopen("\(socket.path)\(SocketDirectory.socketName).lock", "w"))
      fputs("\(stranger)\n\(cluster)\n1700000000\n5432\n\n\n", lock)
      fclose(lock)
      try await EmbeddedPostgres.run(configuration) { server in
        let value = try await SQL.value("SELECT 1", on: server.connectionString)
        #expect(value == "1")
      }
      #expect(ServerProcess(stranger) != nil)
    }
  }
}
