import HTTPTypes
import HummingbirdTesting
import Testing

@testable import HTTPAdmin

@Suite("GET /")
struct RootRouteTests {
  private struct Overview: Decodable {
    let service: String
    let version: String
    let status: String
    let endpoints: [String: String]
  }

  @Test func listsEveryRouteForPrograms() async throws {
    let answer = try await TestServer().answer("/")
    #expect(answer.headers[.contentType] == "application/json")
    #expect(answer.headers[.vary] == "Accept")
    let overview = try answer.decoded(as: Overview.self)
    #expect(overview.service == "sluice")
    #expect(overview.version == "1.2.3")
    #expect(overview.status == "alive")
    #expect(overview.endpoints.keys.contains("GET /events"))
    #expect(overview.endpoints.values.allSatisfy { !$0.isEmpty })
  }

  @Test(arguments: ["text/html,application/xhtml+xml,*/*;q=0.8", "text/html"])
  func showsBrowsersTheDashboard(_ accept: String) async throws {
    let answer = try await TestServer().answer("/", headers: [.accept: accept])
    #expect(answer.status == .ok)
    #expect(answer.headers[.contentType] == "text/html; charset=utf-8")
    #expect(answer.headers[.vary] == "Accept")
    #expect(answer.text.contains("<script type=\"module\" src=\"assets/dashboard.js\">"))
  }

  @Test(arguments: [nil, "*/*", "application/json", "application/json, text/html"])
  func returnsNoPageToPrograms(_ accept: String?) async throws {
    let answer = try await TestServer().answer("/", headers: accept.map { [.accept: $0] } ?? [:])
    #expect(answer.headers[.contentType] == "application/json")
  }
}
