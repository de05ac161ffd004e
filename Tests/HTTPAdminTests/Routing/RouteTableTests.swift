import HTTPTypes
import HummingbirdTesting
import Ingest
import NIOCore
import StoreInterface
import Testing

@testable import HTTPAdmin

@Suite("RouteTable")
struct RouteTableTests {
  static let getPaths = [
    "/", "/events", "/topics", "/dead", "/producers", "/stats", "/health", "/livez", "/readyz", "/docs",
    "/assets/api.js",
  ]

  @Test(arguments: getPaths)
  func answersGetAndHeadAlike(_ path: String) async throws {
    try await TestServer().withClient(.live) { client in
      let get = try await client.execute(uri: path, method: .get) { $0 }
      let head = try await client.execute(uri: path, method: .head) { $0 }
      #expect(get.status == .ok)
      #expect(head.status == .ok)
      #expect(get.body.readableBytes > 0)
      #expect(head.body.readableBytes == 0)
      #expect(head.headers[.contentType] == get.headers[.contentType])
      #expect(head.headers[.contentLength] == get.headers[.contentLength])
    }
  }

  @Test(arguments: getPaths, [.post, .put, .delete, .patch, .trace] as [HTTPRequest.Method])
  func refusesAWrongMethodAndListsTheRightOnes(_ path: String, _ method: HTTPRequest.Method) async throws {
    let answer = try await TestServer().answer(path, method)
    #expect(answer.status == .methodNotAllowed)
    #expect(answer.headers[.allow] == "GET, HEAD, OPTIONS")
    #expect(try answer.problem().status == 405)
  }

  @Test(arguments: getPaths)
  func returnsTheMethodsToOptions(_ path: String) async throws {
    let answer = try await TestServer().answer(path, .options)
    #expect(answer.status == .noContent)
    #expect(answer.headers[.allow] == "GET, HEAD, OPTIONS")
    #expect(answer.body.readableBytes == 0)
  }

  @Test(arguments: [
    "/nothing", "/events/", "/event", "/stats/x", "/%2e%2e/etc/passwd", "/EVENTS", "//x", "/events/a/b/c",
  ])
  func answersUnknownPaths(_ path: String) async throws {
    let answer = try await TestServer().answer(path)
    // For the router, an empty last segment is the same path.
    guard path != "/events/" else { return #expect(answer.status == .ok) }
    #expect(answer.status == .notFound)
    let problem = try answer.problem()
    #expect(problem.type == "about:blank")
    #expect(problem.title == "Not Found")
    #expect(problem.detail.contains(path))
  }

  @Test func knowsTheNewestMethod() async throws {
    let method = try #require(HTTPRequest.Method("QUERY"))
    let answer = try await TestServer().answer("/events", method)
    #expect(answer.status == .methodNotAllowed && answer.headers[.allow] == "GET, HEAD, OPTIONS")
  }

  @Test func refusesAnUnknownMethodOnEveryPath() async throws {
    let method = try #require(HTTPRequest.Method("BREW"))
    for path in ["/events", "/nothing"] {
      let answer = try await TestServer().answer(path, method)
      #expect(answer.status == .notImplemented)
      #expect(try answer.problem().status == 501)
    }
  }

  @Test(arguments: ["/", "/events", "/nothing", "/events?limit=0", "/docs", "/assets/icon.svg"])
  func setsTheProtectiveFieldsOnEveryAnswer(_ path: String) async throws {
    let answer = try await TestServer().answer(path)
    #expect(answer.headers[.xContentTypeOptions] == "nosniff")
    let policy = try #require(answer.headers[.contentSecurityPolicy]).split(separator: "; ")
    #expect(policy.first == "default-src 'self'")
    let others = ["base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'", "object-src 'none'"]
    #expect(Set(policy).isSuperset(of: others.map { Substring($0) }))
    #expect(!policy.contains { $0.contains("unsafe") || $0.contains("*") || $0.contains("data:") })
    #expect(answer.headers[.referrerPolicy] == "no-referrer")
    #expect(answer.headers[.frameOptions] == "DENY")
    let isPage = path == "/docs" || path.hasPrefix("/assets/")
    #expect(answer.headers[.cacheControl] == (isPage ? "no-cache" : "no-store"))
    #expect(answer.headers[.server] == nil)
    #expect(answer.headers[.accessControlAllowOrigin] == nil)
  }

  @Test func answersAProblemToHeadWithoutItsBody() async throws {
    let answer = try await TestServer().answer("/events?limit=0", .head)
    #expect(answer.status == .unprocessableContent)
    #expect(answer.body.readableBytes == 0)
  }

  @Test(arguments: [
    ("/", "image/png"), ("/events", "text/html"), ("/stats", "application/xml"),
    ("/stats", "application/x-ndjson"),
  ])
  func refusesTypesThatItCannotProduce(_ path: String, _ accept: String) async throws {
    let answer = try await TestServer().answer(path, headers: [.accept: accept])
    #expect(answer.status == .notAcceptable)
    #expect(try answer.problem().detail.contains("application/json"))
  }

  @Test(arguments: ["/events", "/events/t/1", "/topics", "/dead", "/producers", "/audit", "/stats"])
  func reportsAnUnavailableDatabaseOnEveryRoute(_ path: String) async throws {
    let server = TestServer()
    server.queries.fail(with: QueryError("no connection for 3 s", isTransient: true))
    let answer = try await server.answer(path)
    #expect(answer.status == .serviceUnavailable)
    #expect(answer.headers[.retryAfter] == "1")
    let problem = try answer.problem()
    #expect(problem.type == "urn:sluice:problem:store-unavailable")
    #expect(problem.detail.contains("no connection for 3 s"))
  }

  @Test func hidesTheTextOfAFailureThatIsNotTransient() async throws {
    let server = TestServer()
    server.queries.fail(with: QueryError("relation \"secret\" does not exist", isTransient: false))
    let answer = try await server.answer("/events")
    #expect(answer.status == .internalServerError)
    #expect(!answer.text.contains("secret"))
    #expect(try answer.problem().status == 500)
  }
}

@Suite("CrossOrigin")
struct CrossOriginTests {
  private let server: TestServer

  init() {
    var server = TestServer()
    server.settings.origins = ["https://a.example", "http://localhost:3000"]
    self.server = server
  }

  @Test(arguments: ["https://a.example", "http://localhost:3000"])
  func pagesOfConfiguredOriginsMayRead(_ origin: String) async throws {
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

  @Test func answersThePreflightRequest() async throws {
    let headers: HTTPFields = [.origin: "https://a.example", .accessControlRequestMethod: "GET"]
    let answer = try await server.answer("/stats", .options, headers: headers)
    #expect(answer.status == .noContent)
    #expect(answer.headers[.accessControlAllowMethods] == "GET, HEAD, OPTIONS")
    #expect(answer.headers[.accessControlAllowHeaders]?.contains("Idempotency-Key") == true)
    #expect(answer.headers[.accessControlMaxAge] == "600")
  }

  @Test func hasNoFieldsWithoutConfiguredOrigins() async throws {
    let answer = try await TestServer().answer("/stats", headers: [.origin: "https://a.example"])
    #expect(answer.headers[.accessControlAllowOrigin] == nil && answer.headers[.vary] == nil)
  }
}
