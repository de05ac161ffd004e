import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import EmbeddedPostgres

@Suite struct EmbeddedPostgresTests {
  @Test func makesAClusterWithChecksumsUTF8AndNoTCP() async throws {
    try await EmbeddedPostgres.withConfiguration { configuration in
      try await EmbeddedPostgres.run(configuration) { server in
        let rows = try await SQL.run(
          """
          SELECT current_setting('data_checksums'), current_setting('server_encoding'),
            current_setting('listen_addresses'), datcollate, current_database(), current_user
          FROM pg_database WHERE datname = current_database()
          """, on: server.connectionString)
        #expect(rows == [["on", "UTF8", "", "C", "sluice", "sluice"]])
      }
    }
  }

  @Test func keepsDataFromStartToStart() async throws {
    try await EmbeddedPostgres.withConfiguration { configuration in
      try await EmbeddedPostgres.run(configuration) { server in
        try await SQL.run("CREATE TABLE kept AS SELECT 7 AS n", on: server.connectionString)
      }
      try await EmbeddedPostgres.run(configuration) { server in
        let value = try await SQL.value("SELECT n FROM kept", on: server.connectionString)
        #expect(value == "7")
      }
    }
  }

  @Test func leavesDurabilityAlone() async throws {
    try await EmbeddedPostgres.withConfiguration { configuration in
      var configuration = configuration
      configuration.overrides = []
      try await EmbeddedPostgres.run(configuration) { server in
        let rows = try await SQL.run(
          """
          SELECT setting FROM pg_settings
          WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes') AND setting = boot_val
          """, on: server.connectionString)
        #expect(rows == [["on"], ["on"], ["on"]])
      }
    }
  }

  @Test func refusesASecondDaemonOnTheSameData() async throws {
    try await EmbeddedPostgres.withConfiguration { configuration in
      try await EmbeddedPostgres.run(configuration) { server in
        let error = await #expect(throws: EmbeddedPostgresError.self) {
          _ = try await EmbeddedPostgres.start(configuration, logger: .silent)
        }
        #expect(error == .inUse(path: configuration.dataDirectory, holder: getpid()))
        let value = try await SQL.value("SELECT 1", on: server.connectionString)
        #expect(value == "1")
      }
    }
  }

  @Test func stopEndsTheServerAndLeavesNoSocket() async throws {
    try await EmbeddedPostgres.withConfiguration { configuration in
      let server = try await EmbeddedPostgres.start(configuration, logger: .silent)
      let process = try #require(try await server.process())
      await server.stop()
      await server.stop()
      #expect(!process.isRunning)
      await #expect(throws: TestSupportError.self) {
        try await SQL.run("SELECT 1", on: server.connectionString)
      }
      let names = try entries(of: configuration.dataDirectory)
      #expect(names == ["postgres", "postgres.lock", "postgres.log", "sluiced.lock"])
    }
  }

  @Test func stopDoesNotWaitForIdleConnectionsAndBusyOnes() async throws {
    try await EmbeddedPostgres.withConfiguration { configuration in
      let server = try await EmbeddedPostgres.start(configuration, logger: .silent)
      let busy = Task { try await SQL.run("SELECT pg_sleep(600)", on: server.connectionString) }
      try await waitUntil {
        try await SQL.value(
          "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'", on: server.connectionString)
          == "1"
      }
      await server.stop()
      await #expect(throws: TestSupportError.self) { _ = try await busy.value }
    }
  }

  @Test func worksInASessionOfItsOwn() async throws {
    try await EmbeddedPostgres.withConfiguration { configuration in
      try await EmbeddedPostgres.run(configuration) { server in
        let process = try #require(try await server.process())
        #expect(getsid(process.pid) == process.pid)
      }
    }
  }

  /// A server that outlives its daemon must not keep the daemon's ports, nor its lock.
  @Test func inheritsNoneOfTheDaemonsFiles() async throws {
    try await EmbeddedPostgres.withConfiguration { configuration in
      let mark = "\(configuration.dataDirectory)-mark"
      // Without O_CLOEXEC, as a library might leave it.
      let descriptor = open(mark, O_RDWR | O_CREAT, 0o600)
      defer { close(descriptor) }
      let inode = try #require(FileStatus(descriptor: descriptor)?.identity)
      try await EmbeddedPostgres.run(configuration) { server in
        let process = try #require(try await server.process())
        let files = try entries(of: "/proc/\(process.pid)/fd").map { "/proc/\(process.pid)/fd/\($0)" }
        #expect(files.count > 3)
        #expect(!files.contains { FileStatus($0, followingLinks: true)?.identity == inode })
      }
    }
  }

  @Test(.enabled(if: geteuid() == 0, "only root can change to another account"))
  func neverRunsAsRoot() async throws {
    try await EmbeddedPostgres.withConfiguration { configuration in
      var configuration = configuration
      configuration.account = "nobody"
      try await EmbeddedPostgres.run(configuration) { server in
        let process = try #require(try await server.process())
        let nobody = try #require(ServerAccount(named: "nobody"))
        #expect(FileStatus("/proc/\(process.pid)", followingLinks: true)?.owner == nobody.userID)
        let data = FileStatus("\(configuration.dataDirectory)/postgres", followingLinks: false)
        #expect(data?.owner == nobody.userID)
        #expect(data?.permissions == 0o700)
      }
    }
  }

  @Test func sweepsAwayAnInterruptedFirstStart() async throws {
    try await EmbeddedPostgres.withConfiguration { configuration in
      let unfinished = "\(configuration.dataDirectory)/postgres.new-1-1"
      mkdir(configuration.dataDirectory, 0o755)
      mkdir(unfinished, 0o700)
      mkdir("\(unfinished)/base", 0o700)
      try await EmbeddedPostgres.run(configuration) { _ in
        #expect(FileStatus(unfinished, followingLinks: false) == nil)
      }
    }
  }

  @Test func endsTheInitdbOfAKilledDaemon() async throws {
    try await EmbeddedPostgres.withConfiguration { configuration in
      let directory = try DataDirectory(path: configuration.dataDirectory)
      let account = try ServerAccount.choose(configured: nil, owner: nil)
      let cluster = directory.unfinishedCluster
      mkdir(cluster, 0o700)
      chown(cluster, account.userID, account.groupID)
      // A stand-in that never ends: it has the name, and the path on its command line.
      let stub = "\(directory.path)/initdb"
      try FileManager.default.copyItem(atPath: "/usr/bin/tail", toPath: stub)
      try await Program.run(stub, arguments: ["-f", "/dev/null", cluster]) { program in
        directory.removeUnfinishedClusters()
        let exit = try await program.exit()
        #expect(exit == .signal(SIGKILL))
      }
      #expect(FileStatus(cluster, followingLinks: false) == nil)
    }
  }

  @Test func startsAfterAFirstStartThatWasCancelledAtAnyMoment() async throws {
    try await EmbeddedPostgres.withConfiguration { configuration in
      for moment in [0, 20, 150, 400, 700] {
        let start = Task { try await EmbeddedPostgres.start(configuration, logger: .silent) }
        try await Task.sleep(for: .milliseconds(moment))
        start.cancel()
        if case .success(let server) = await start.result { await server.stop() }
      }
      try await EmbeddedPostgres.run(configuration) { server in
        let value = try await SQL.value("SELECT 1", on: server.connectionString)
        #expect(value == "1")
      }
    }
  }
}

/// The names in a directory, sorted.
private func entries(of directory: String) throws -> [String] {
  let stream = try #require(opendir(directory))
  defer { closedir(stream) }
  var names: [String] = []
  while let entry = readdir(stream) {
    names.append(
      withUnsafePointer(to: &entry.pointee.d_name) {
        String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
      })
  }
  return names.filter { $0 != "." && $0 != ".." }.sorted()
}
