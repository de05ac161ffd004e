import HTTPTypes
import HummingbirdTesting
import Testing

@testable import HTTPAdmin

@Suite("CrossOrigin")
struct CrossOriginTests {
  private let server: TestServer

  init() {
    var server = TestServer()
    server.settings.origins = ["https://a.example", "http://localhost:3000"]
    self.server = server
  }

  @Test(arguments: ["https://a.example", "http://localhost:3000"])
  func pagesOfNamedOriginsMayRead(_ origin: String) async throws {
    for uri in ["/stats", "/nothing", "/events?limit=0"] {
      let answer = try await server.answer(uri, headers: [.origin: origin])
      #expect(answer.headers[.accessControlAllowOrigin] == origin)
      #expect(answer.headers[.vary]?.contains("Origin") == true)
    }
  }

  @Test(arguments: ["https://b.example", "https://a.example:8443", "http://a.example", "null", "*", ""])
  func othersMayNot(_ origin: String) async throws {
    let answer = try await server.answer("/stats", headers: [.origin: origin])
    #expect(answer.status == .ok)
    #expect(answer.headers[.accessControlAllowOrigin] == nil)
  }

  @Test func tellsABrowserBeforehandWhatItMaySend() async throws {
    let headers: HTTPFields = [.origin: "https://a.example", .accessControlRequestMethod: "GET"]
    let answer = try await server.answer("/stats", .options, headers: headers)
    #expect(answer.status == .noContent)
    #expect(answer.headers[.accessControlAllowMethods] == "GET, HEAD, OPTIONS")
    #expect(answer.headers[.accessControlAllowHeaders]?.contains("Idempotency-Key") == true)
    #expect(answer.headers[.accessControlMaxAge] == "600")
  }

  @Test func withoutNamedOriginsNothingIsSaid() async throws {
    let answer = try await TestServer().answer("/stats", headers: [.origin: "https://a.example"])
    #expect(answer.headers[.accessControlAllowOrigin] == nil && answer.headers[.vary] == nil)
  }
}
