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

  @Test func linksToPagesForBrowsersWithoutInlineCode() async throws {
    let answer = try await TestServer().answer("/", headers: [.accept: "text/html,*/*;q=0.8"])
    #expect(answer.headers[.contentType] == "text/html; charset=utf-8")
    #expect(answer.text.hasPrefix("<!DOCTYPE html>"))
    #expect(answer.text.contains("<a href=\"/events\">"))
    #expect(!answer.text.contains("<script") && !answer.text.contains("style="))
  }
}
