import Testing

@testable import EmbeddedPostgres

@Suite struct PostmasterFileTests {
  static let head = "4711\n/data/postgres\n1700000000\n5432\n/run/sluice-x\n\n"

  @Test(arguments: [
    ("ready   ", PostmasterFile.Phase.ready), ("standby ", .ready), ("starting", .starting),
    ("stopping", .stopping),
  ])
  func readsWhatARunningServerWrites(status: String, phase: PostmasterFile.Phase) throws {
    let file = try #require(PostmasterFile("\(Self.head)  2949123         5\n\(status)\n"))
    #expect(file.pid == 4711)
    #expect(file.socketDirectory == "/run/sluice-x")
    #expect(file.phase == phase)
  }

  @Test func takesAFileThatIsStillBeingWrittenForAServerThatIsStarting() throws {
    let file = try #require(PostmasterFile("4711\n/data/postgres\n"))
    #expect(file.phase == .starting)
    #expect(file.socketDirectory == "")
  }

  @Test(arguments: ["", "\n", "x\n", "-4711\n", "0\n", "99999999999999\n"])
  func isNoneWithoutAProcess(text: String) {
    #expect(PostmasterFile(text) == nil)
  }
}
