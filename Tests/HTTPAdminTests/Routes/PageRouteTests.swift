import AdminPages
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import HTTPAdmin

@Suite("GET /assets/{name}")
struct AssetRouteTests {
  @Test(arguments: [
    ("api.js", "text/javascript; charset=utf-8"), ("base.css", "text/css; charset=utf-8"),
    ("icon.svg", "image/svg+xml"),
  ])
  func servesAFileWithItsType(_ name: String, _ type: String) async throws {
    let answer = try await TestServer().answer("/assets/\(name)")
    #expect(answer.status == .ok)
    #expect(answer.headers[.contentType] == type)
    #expect(answer.headers[.cacheControl] == "no-cache")
    #expect(Array(answer.body.readableBytesView) == PageFile.shared.first { $0.name == name }?.bytes)
  }

  @Test(arguments: ["/assets/api.js", "/docs", "/"])
  func answersNotModifiedToAClientThatHasTheFile(_ path: String) async throws {
    let server = TestServer()
    let first = try await server.answer(path, headers: [.accept: "text/html, */*;q=0.1"])
    let tag = try #require(first.headers[.eTag])
    let again = try await server.answer(path, headers: [.accept: "text/html, */*;q=0.1", .ifNoneMatch: tag])
    #expect(again.status == .notModified)
    #expect(again.body.readableBytes == 0)
    for field in [.eTag, .cacheControl, .vary, .contentSecurityPolicy] as [HTTPField.Name] {
      #expect(again.headers[field] == first.headers[field])
    }
    let other = try await server.answer(
      path, headers: [.accept: "text/html, */*;q=0.1", .ifNoneMatch: "\"0\""])
    #expect(other.status == .ok && other.body == first.body)
  }

  @Test func answersHeadAsGet() async throws {
    try await TestServer().withClient(.live) { client in
      let get = try await client.execute(uri: "/assets/chart.js", method: .get) { $0 }
      let head = try await client.execute(uri: "/assets/chart.js", method: .head) { $0 }
      #expect(head.status == .ok && head.body.readableBytes == 0)
      for field in [.contentType, .contentLength, .eTag] as [HTTPField.Name] {
        #expect(get.headers[field] != nil && head.headers[field] == get.headers[field])
      }
    }
  }

  @Test(arguments: [
    "/assets/nothing.js", "/assets/dashboard.html", "/assets/..%2Fapi.js", "/assets/shared/api.js", "/assets",
  ])
  func answersNotFoundForOtherNames(_ path: String) async throws {
    let answer = try await TestServer().answer(path)
    #expect(answer.status == .notFound)
    #expect(try answer.problem().detail.contains(path))
  }
}

@Suite("GET /docs")
struct DocsRouteTests {
  @Test(arguments: [nil, "text/html", "text/html,application/xhtml+xml,*/*;q=0.8"])
  func showsAPageToBrowsers(_ accept: String?) async throws {
    let answer = try await TestServer().answer("/docs", headers: accept.map { [.accept: $0] } ?? [:])
    #expect(answer.status == .ok)
    #expect(answer.headers[.contentType] == "text/html; charset=utf-8")
    #expect(answer.text.contains("<script type=\"module\" src=\"assets/docs.js\">"))
  }

  @Test func hasNoFormForPrograms() async throws {
    let answer = try await TestServer().answer("/docs", headers: [.accept: "application/json"])
    #expect(answer.status == .notAcceptable)
  }
}
