import HTTPTypes
import HummingbirdTesting
import Testing

@testable import HTTPAdmin

@Suite("GET /docs")
struct DocsRouteTests {
  @Test(arguments: [nil, "text/html", "text/html,application/xhtml+xml,*/*;q=0.8"])
  func showsAPageToBrowsers(_ accept: String?) async throws {
    let answer = try await TestServer().answer("/docs", headers: accept.map { [.accept: $0] } ?? [:])
    #expect(answer.status == .ok)
    #expect(answer.headers[.contentType] == "text/html; charset=utf-8")
    #expect(answer.text.contains("<script type=\"module\" src=\"assets/docs.js\">"))
  }

  @Test func hasNothingForPrograms() async throws {
    let answer = try await TestServer().answer("/docs", headers: [.accept: "application/json"])
    #expect(answer.status == .notAcceptable)
  }
}
