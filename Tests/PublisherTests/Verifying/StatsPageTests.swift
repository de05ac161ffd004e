import ModelServer
import Testing

@testable import Publisher

@Suite(.timeLimit(.minutes(2))) struct StatsPageTests {
  @Test func readsTheCounters() async throws {
    let server = try StatsServer(SharedLedger(), excess: 3)
    let counts = try await #require(StatsPage(base: server.url)).read()
    #expect(
      counts == ServerCounts(received: 3, uniqueProcessed: 3, duplicateDropped: 0, dead: 0, conflicts: 0))
  }

  @Test func saysWhichPageDoesNotAnswer() async throws {
    let server = try ModelServer()
    let url = "http://127.0.0.1:\(server.port)/base"
    let failure = await #expect(throws: RunFailure.self) { try await #require(StatsPage(base: url)).read() }
    #expect(failure?.status == .differs)
    #expect(failure?.description.contains("\(url)/stats") == true)
  }

  @Test(arguments: ["", "localhost:8080", "ftp://localhost", "http://", "://"]) func needsAnHTTPURL(
    _ text: String
  ) {
    #expect(StatsPage(base: text) == nil)
  }
}
