import Glibc
import TestSupport
import Testing

@testable import EmbeddedPostgres

@Suite struct SystemFileTests {
  @Test func aFileThatIsAbsentIsAnAnswer() throws {
    let found = try SystemFile.bytes(of: "/nowhere/at/all")
    #expect(found == nil)
    let ended = try ServerProcess.find(99_999_999)
    #expect(ended == nil)
  }

  @Test func aFileThatCannotBeReadIsNoAnswer() async throws {
    try await withTemporaryDirectory { directory in
      mkdir("\(directory)/postmaster.pid", 0o755)
      #expect(
        throws: EmbeddedPostgresError.uncertain(
          path: "\(directory)/postmaster.pid", reason: String(cString: strerror(EISDIR)))
      ) {
        _ = try PostmasterFile.read(inCluster: directory)
      }
    }
  }

  @Test func listsTheProcessesThatRun() throws {
    let found = try SystemFile.processes()
    #expect(found.contains(getpid()))
  }
}
