import HTTPTypes
import HummingbirdTesting
import Testing

@testable import HTTPAdmin

/// The setting `http.publish.partial`, which is the default of `partial`.
@Suite("The default of partial")
struct PartialSettingTests {
  @Test(
    arguments: [
      (false, "", false), (false, "?partial=true", true), (true, "", true), (true, "?partial=false", false),
    ])
  func isTheSettingUnlessTheRequestSaysOtherwise(_ setting: Bool, _ query: String, _ isPartial: Bool)
    async throws
  {
    let store = MemoryStore()
    var server = TestServer(publishing: store.services())
    server.settings.publishesPartially = setting
    let body = "\(PublishedEvent(id: "1").json)\n{\n\(PublishedEvent(id: "2").json)"
    let answer = try await server.publish(body, to: "/publish\(query)", "application/x-ndjson")
    #expect(answer.status == (isPartial ? .ok : .badRequest))
    #expect(store.events.map(\.id) == (isPartial ? ["1", "2"] : []))
    #expect(store.dead.count == (isPartial ? 1 : 0))
  }
}
