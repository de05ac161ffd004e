import Glibc
import TestSupport
import Testing

@testable import EmbeddedPostgres

@Suite struct ServerSettingTests {
  @Test(arguments: ServerSetting.embedded)
  func givesAReasonAndLeavesDurabilityAlone(setting: ServerSetting) {
    #expect(!setting.reason.isEmpty)
    let durability = ["fsync", "synchronous_commit", "full_page_writes", "wal_sync_method", "wal_level"]
    #expect(!durability.contains(setting.name))
  }

  @Test func quotesValues() {
    let text = ServerSetting.file([ServerSetting("a", #"it's \"#, "because")])
    #expect(text.hasSuffix("\n# because\na = 'it''s \\\\'\n"))
  }
}

@Suite struct ServerVersionTests {
  @Test(arguments: [
    ("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n", 15), ("postgres (PostgreSQL) 9.6.24\n", 9),
    ("postgres (PostgreSQL) 18beta2\n", 18),
  ])
  func readsTheMajorVersion(text: String, version: Int) {
    #expect(ServerVersion.major(in: text) == version)
  }

  @Test(arguments: ["", "postgres 15.1", "postgres (PostgreSQL) devel"])
  func isNoneInOtherTexts(text: String) {
    #expect(ServerVersion.major(in: text) == nil)
  }
}

@Suite struct ServerBinariesTests {
  private static let found = [14, 17, 15].map { ServerBinaries(directory: "/v\($0)", version: $0) }

  @Test func takesTheNewestForNewData() throws {
    let chosen = try ServerBinaries.choose(from: Self.found, data: nil)
    #expect(chosen.version == 17)
  }

  @Test func takesTheVersionThatMadeTheData() throws {
    let chosen = try ServerBinaries.choose(from: Self.found, data: (15, "/data"))
    #expect(chosen.directory == "/v15")
  }

  @Test func refusesWhenThatVersionIsNotThere() {
    #expect(throws: EmbeddedPostgresError.otherVersion(path: "/data", data: 16, found: [14, 15, 17])) {
      _ = try ServerBinaries.choose(from: Self.found, data: (16, "/data"))
    }
  }

  @Test func refusesVersionsThatAreTooOld() {
    let old = ServerBinaries(directory: "/old", version: ServerVersion.oldest - 1)
    #expect(throws: EmbeddedPostgresError.noServer(reason: "PostgreSQL 13 is too old")) {
      _ = try ServerBinaries.choose(from: [old], data: nil)
    }
  }
}

@Suite struct ProgramResultTests {
  @Test(arguments: [
    ("2026-01-01 00:00:00.000 UTC [7] LOG:  a\n2026-01-01 UTC [7] FATAL:  b  c\n… LOG:  d\n", "FATAL: b c"),
    ("initdb: error: directory exists\ninitdb: hint: remove it\n", "error: directory exists"),
    ("something\nelse\n", "else"),
  ])
  func picksTheLineThatTellsWhy(output: String, reason: String) {
    #expect(ProgramResult(succeeded: false, output: output).reason == reason)
  }

  @Test func saysSoWhenThereIsNothing() {
    #expect(ProgramResult(succeeded: false, output: "\n").reason == "it wrote nothing")
  }
}

@Suite struct ServerProcessTests {
  @Test func knowsARunningProcessAndOneThatEnded() async throws {
    let ended = try await Program.run("/bin/sh", arguments: ["-c", "echo; exec sleep 600"]) { program in
      _ = try await program.firstLine()
      let process = try #require(ServerProcess(program.pid))
      #expect(process.isRunning)
      return process
    }
    #expect(!ended.isRunning)
    #expect(await ended.hasEnded(within: .zero))
  }

  @Test func takesNoOtherProgramForAServer() throws {
    let process = try #require(ServerProcess(getpid()))
    let isServer = try process.isPostmaster(ofCluster: "/proc/self/cwd")
    #expect(!isServer)
  }
}

@Suite struct DataDirectoryLockTests {
  @Test func isFreeAgainAfterItsHoldersEnd() async throws {
    try await withTemporaryDirectory { directory in
      do {
        let lock = try DataDirectoryLock(directory: directory)
        #expect(throws: EmbeddedPostgresError.inUse(path: directory, holder: getpid())) {
          _ = try DataDirectoryLock(directory: directory)
        }
        withExtendedLifetime(lock) {}
      }
      _ = try DataDirectoryLock(directory: directory)
    }
  }
}
