import FoundationEssentials
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import EmbeddedPostgres

/// Recovery from the state that a killed daemon, a killed server or a crash of the machine leaves.
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
        for process in try ServerProcess.all(ofCluster: "\(configuration.dataDirectory)/postgres") {
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
        .start("sleep", ["600"], input: open("/dev/null", O_RDONLY), log: open("/dev/null", O_WRONLY))
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

  /// A living server ends itself when it misses the file.
  @Test func keepsAFileOfAServerThatCannotBeRead() async throws {
    try await EmbeddedPostgres.withConfiguration { configuration in
      try await EmbeddedPostgres.run(configuration) { _ in }
      let path = "\(configuration.dataDirectory)/postgres/postmaster.pid"
      mkdir(path, 0o700)
      await #expect(throws: EmbeddedPostgresError.self) {
        try await EmbeddedPostgres.run(configuration) { _ in }
      }
      #expect(FileStatus(path, followingLinks: false)?.isDirectory == true)
    }
  }

  @Test func startsNothingBesideAServerThatShowsByItsLockAlone() async throws {
    try await EmbeddedPostgres.withConfiguration { configuration in
      try await EmbeddedPostgres.run(configuration) { _ in }
      let path = "\(configuration.dataDirectory)/postgres/postmaster.pid"
      let text = "99999999\n\(configuration.dataDirectory)/postgres\n1700000000\n5432\n\n\n"
      let file = try #require(fopen(path, "w"))
      fputs(text, file)
      fclose(file)
      let lock = try ServerLock(directory: configuration.dataDirectory)
      await #expect(throws: EmbeddedPostgresError.heldElsewhere(path: configuration.dataDirectory)) {
        try await EmbeddedPostgres.run(configuration) { _ in }
      }
      let kept = try SystemFile.text(of: path)
      #expect(kept == text)
      _ = consume lock
      try await EmbeddedPostgres.run(configuration) { _ in }
    }
  }

  @Test func aServerHoldsItsLockAfterTheDaemonsEnd() async throws {
    try await EmbeddedPostgres.withConfiguration { configuration in
      let left = try await EmbeddedPostgres.abandon(configuration)
      #expect(throws: EmbeddedPostgresError.heldElsewhere(path: configuration.dataDirectory)) {
        _ = try ServerLock(directory: configuration.dataDirectory)
      }
      try await EmbeddedPostgres.run(configuration) { _ in }
      #expect(!left.isRunning)
      _ = try ServerLock(directory: configuration.dataDirectory)
    }
  }

  @Test func restartsAServerWhoseSocketDirectoryIsGone() async throws {
    try await EmbeddedPostgres.withConfiguration { configuration in
      var configuration = configuration
      configuration.isKeptRunning = true
      try await EmbeddedPostgres.run(configuration) { server in
        let first = try #require(try await server.process())
        try removeSocket(below: configuration)
        await #expect(throws: TestSupportError.self) {
          try await SQL.run("SELECT 1", on: server.connectionString)
        }
        try await waitUntil { (try? await SQL.value("SELECT 1", on: server.connectionString)) == "1" }
        let second = try await server.process()
        #expect(second != first)
      }
    }
  }

  @Test func aServerWhoseDataWasTakenAwayKeepsItsSocketForItself() async throws {
    try await EmbeddedPostgres.withConfiguration { configuration in
      let left = try await EmbeddedPostgres.abandon(configuration)
      rename(configuration.dataDirectory, "\(configuration.dataDirectory)-away")
      try await EmbeddedPostgres.run(configuration) { server in
        left.send(SIGQUIT)
        let hasEnded = await left.hasEnded(within: .seconds(60))
        #expect(hasEnded)
        let value = try await SQL.value("SELECT 1", on: server.connectionString)
        #expect(value == "1")
      }
    }
  }

  @Test func aHastyStopEndsTheServerAndLetsNoneStart() async throws {
    try await EmbeddedPostgres.withConfiguration { configuration in
      var configuration = configuration
      configuration.isKeptRunning = true
      let given = Mutex<HastyServerStop?>(nil)
      let server = try await EmbeddedPostgres.start(
        configuration, logger: .silent, held: { stop in given.withLock { $0 = stop } })
      let process = try #require(try await server.process())
      let found = given.withLock { $0 }
      let stop = try #require(found)
      let line = await stop.run()
      #expect(line == nil)
      #expect(!process.isRunning)
      await server.stop()
      #expect(
        FileStatus("\(configuration.dataDirectory)/postgres/postmaster.pid", followingLinks: false) == nil)
    }
  }

  /// Removes the directory of the socket, as the end of a session does with that of its user.
  private func removeSocket(below configuration: EmbeddedPostgresConfiguration) throws {
    let parent = try #require(configuration.socketParent)
    let names = try FileManager.default.contentsOfDirectory(atPath: parent)
    let name = try #require(names.first { $0.hasPrefix("sluice-") })
    try FileManager.default.removeItem(atPath: "\(parent)/\(name)")
  }
}
