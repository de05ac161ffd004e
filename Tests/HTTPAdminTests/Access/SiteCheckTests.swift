import HTTPTypes
import HummingbirdTesting
import Testing

@testable import HTTPAdmin

struct SiteCheckTests {
  private let server: TestServer

  init() {
    var server = TestServer(publishing: MemoryStore().services())
    server.settings.origins = ["https://console.example.org"]
    self.server = server
  }

  @Test(
    arguments: [
      (nil, true), ("http://localhost", true), ("https://localhost", true),
      ("https://console.example.org", true), ("https://evil.example.org", false), ("null", false),
      ("http://localhost:81", false), ("file://localhost", false),
    ] as [(String?, Bool)])
  func aPageOfAnotherSiteCannotPublish(origin: String?, isPermitted: Bool) async throws {
    var fields: HTTPFields = [:]
    fields[.origin] = origin
    let answer = try await server.publish(PublishedEvent(id: "1").json, headers: fields)
    #expect(answer.status == (isPermitted ? .ok : .forbidden))
    if !isPermitted { #expect(answer.text.contains("foreign-origin")) }
    // Reading changes nothing, and CORS decides whether the page may see the answer.
    #expect(try await server.answer("/events", headers: fields).status == .ok)
  }

  @Test(
    arguments: [
      ("127.0.0.1", [], "localhost:8080", true), ("127.0.0.1", [], "evil.example.org", false),
      ("10.0.0.7", [], "10.0.0.7:8080", true), ("10.0.0.7", [], "sluice.example.org", false),
      ("0.0.0.0", ["sluice.example.org"], "SLUICE.example.org:443", true),
      ("0.0.0.0", ["sluice.example.org"], "evil.example.org", false),
      ("0.0.0.0", ["sluice.example.org"], "localhost", true),
      ("0.0.0.0", ["sluice.example.org"], "0.0.0.0", false),
      ("::1", [], "[::1]:8080", true), ("::1", [], "[::1]", true), ("::1", [], "::1", false),
      ("127.0.0.1", [], "localhost:", true), ("127.0.0.1", [], "localhost:evil", false),
      ("127.0.0.1", [], "[127.0.0.1]:8080", false), ("127.0.0.1", [], "[::1]evil.example.org", false),
      ("127.0.0.1", [], "[::1", false), ("127.0.0.1", [], "", false),
    ])
  func aHostMustBeAName(address: String, names: [String], host: String, isPermitted: Bool) throws {
    #expect(try #require(HostNames(listeningOn: address, names: names)).contains(host) == isPermitted)
  }

  @Test(arguments: ["0.0.0.0", "::"])
  func aWildcardAddressWithoutNamesTakesEveryHost(address: String) {
    #expect(HostNames(listeningOn: address) == nil)
  }
}
