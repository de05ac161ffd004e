import AdminPages
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Principals
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

@Suite("GET /docs, GET /explore")
struct PageRouteTests {
  @Test(arguments: ["docs", "explore"], [nil, "text/html", "text/html,application/xhtml+xml,*/*;q=0.8"])
  func showsAPageToBrowsers(_ name: String, _ accept: String?) async throws {
    let answer = try await TestServer().answer("/\(name)", headers: accept.map { [.accept: $0] } ?? [:])
    #expect(answer.status == .ok)
    #expect(answer.headers[.contentType] == "text/html; charset=utf-8")
    #expect(answer.text.contains("<script type=\"module\" src=\"assets/\(name).js\">"))
  }

  @Test(arguments: ["/docs", "/explore"])
  func hasNoFormForPrograms(_ path: String) async throws {
    let answer = try await TestServer().answer(path, headers: [.accept: "application/json"])
    #expect(answer.status == .notAcceptable)
  }
}

@Suite("GET /producers and GET /dead for browsers")
struct PathPagesTests {
  static let names = ["producers", "dead"]

  @Test(arguments: names)
  func showsAPageToBrowsers(_ name: String) async throws {
    let browser = "text/html,application/xhtml+xml,*/*;q=0.8"
    let answer = try await TestServer().answer("/\(name)?limit=wrong", headers: [.accept: browser])
    #expect(answer.status == .ok)
    #expect(answer.headers[.contentType] == "text/html; charset=utf-8")
    #expect(answer.headers[.vary] == "Accept" && answer.headers[.eTag] != nil)
    #expect(answer.text.contains("<script type=\"module\" src=\"assets/\(name).js\">"))
  }

  @Test(arguments: names, [nil, "*/*", "application/json", "application/json, text/html"])
  func returnsJSONToPrograms(_ name: String, _ accept: String?) async throws {
    let answer = try await TestServer().answer("/\(name)", headers: accept.map { [.accept: $0] } ?? [:])
    #expect(answer.status == .ok)
    #expect(answer.headers[.contentType] == "application/json")
    #expect(answer.headers[.vary] == "Accept")
  }

  @Test(arguments: names)
  func opensThePageToEverybodyAndKeepsTheAccessOfTheJSON(_ name: String) async throws {
    var server = TestServer()
    server.access = try Keyring([Principal(name: "reader", roles: [.read])]).access
    #expect(try await server.answer("/\(name)", headers: [.accept: "text/html"]).status == .ok)
    for accept in ["application/json", "*/*"] {
      let answer = try await server.answer("/\(name)", headers: [.accept: accept])
      #expect(answer.status == .unauthorized)
    }
  }

  @Test func otherPathsHaveNoPage() async throws {
    let answer = try await TestServer().answer("/topics", headers: [.accept: "text/html"])
    #expect(answer.status == .notAcceptable)
  }
}
