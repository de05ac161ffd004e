import Authentication
import HTTPTypes
import HummingbirdTesting
import Principals
import StoreInterface
import Testing

@testable import HTTPAdmin

struct RouteAccessTests {
  private let keyring: Keyring
  private let server: TestServer

  init() throws {
    keyring = try Keyring(
      Role.allCases.map { Principal(name: $0.rawValue, roles: [$0]) } + [.limited("limited", [.read], "a.*")])
    var server = TestServer(purge: MemoryPurge(), publishing: MemoryStore().services())
    server.history = { _ in [] }
    server.dead = MemoryQueries()
    server.access = keyring.access
    // A client of the router has no address, so it counts as remote.
    server.settings.isEncrypted = true
    self.server = server
  }

  static let routes: [(method: HTTPRequest.Method, path: String, names: Set<String>)] = [
    (.get, "/events", ["read", "limited"]), (.get, "/events/t/1", ["read", "limited"]),
    (.get, "/counts", ["read", "limited"]), (.get, "/topics", ["read", "limited"]),
    (.get, "/stats", ["read", "limited"]), (.get, "/history", ["read", "limited"]),
    (.get, "/metrics", ["read", "metrics"]), (.get, "/dead", ["admin"]), (.get, "/producers", ["admin"]),
    (.get, "/audit", ["admin"]), (.post, "/dead/1-0/republish", ["admin"]), (.delete, "/events", ["admin"]),
    (.post, "/publish", ["publish"]),
    (.post, "/publish/batch", ["publish"]),
    (.post, "/insert/jsonline", ["publish"]),
    (.put, "/insert/elasticsearch/_bulk", ["publish"]), (.post, "/insert/elasticsearch/_bulk", ["publish"]),
    (.post, "/insert/elasticsearch/i/_bulk", ["publish"]),
    (.get, "/insert/elasticsearch", ["publish"]), (.get, "/insert/elasticsearch/i", ["publish"]),
    (.get, "/insert/elasticsearch/i/n", ["publish"]), (.get, "/insert/elasticsearch/i/n/p", ["publish"]),
    (.put, "/insert/elasticsearch/i/n", ["publish"]), (.put, "/insert/elasticsearch/i/n/p", ["publish"]),
    (.post, "/insert/opentelemetry/v1/logs", ["publish"]),
    (.post, "/insert/opentelemetry/v1/traces", ["publish"]),
    (.post, "/insert/opentelemetry/v1/metrics", ["publish"]),
    (.post, "/insert/loki/api/v1/push", ["publish"]),
    (.post, "/insert/cloudevents", ["publish"]),
  ]

  /// The variable segments of the paths in `routes`.
  private static let variables = ["/i": "/{index}", "/n": "/{name}", "/p": "/{part}"]

  /// Returns the path of a route with the names of its variable segments.
  private static func pattern(_ path: String) -> String {
    path.replacing("/t/1", with: "/{topic}/{event_id}").replacing("/1-0/", with: "/{dead_id}/").replacing(
      /\/[inp](?=\/|$)/
    ) { match in
      variables[String(match.output)] ?? ""
    }
  }

  @Test(arguments: routes)
  func needsTheRoleOfTheRoute(method: HTTPRequest.Method, path: String, names: Set<String>) async throws {
    for name in Role.allCases.map(\.rawValue) + ["limited"] {
      let answer = try await server.answer(path, method, headers: keyring.fields(of: name))
      let isAdmitted = ![.unauthorized, .forbidden].contains(answer.status)
      #expect(isAdmitted == names.contains(name), "\(name) \(answer.status)")
      if !isAdmitted { #expect(answer.text.contains("urn:sluice:problem:role-missing")) }
    }
    let anonymous = try await server.answer(path, method)
    #expect(anonymous.status == .unauthorized)
    #expect(anonymous.headers[.wwwAuthenticate] == "Bearer realm=\"sluice\"")
  }

  @Test(arguments: [
    "/", "/livez", "/readyz", "/health", "/openapi.json", "/docs", "/explore", "/assets/base.css",
  ])
  func opensTheseRoutesToEverybody(path: String) async throws {
    #expect(try await server.answer(path).status == .ok)
  }

  @Test func testsKnowEveryRoute() {
    let open: Set = [
      "/", "/livez", "/readyz", "/health", "/openapi.json", "/docs", "/explore", "/assets/{name}",
    ]
    let tested = Set(Self.routes.map { Self.pattern($0.path) })
    for route in server.admin().routeList where !open.contains(route.path) {
      #expect(route.access != .open && tested.contains(route.path), "\(route.path)")
    }
  }

  @Test(arguments: [
    "Bearer", "Bearer x", "Basic YTpi", "Bearer sluice_abc_AAAA_BBBBBB", "", "Bearer a b",
    "Bearer \(Secret.random().revealed)",
  ])
  func refusesAnotherKey(field: String) async throws {
    let answer = try await server.answer("/events", headers: [.authorization: field])
    #expect(answer.status == .unauthorized)
    #expect(answer.headers[.wwwAuthenticate]?.contains("invalid_token") == true)
    #expect(!answer.text.contains("sluice_abc"))
  }

  @Test func refusesAKeyInClearTextFromAnotherMachine() async throws {
    var server = server
    server.settings.isEncrypted = false
    let answer = try await server.answer("/events", headers: keyring.fields(of: "read"))
    #expect(answer.status == .forbidden)
    #expect(answer.text.contains("key-in-clear-text"))
  }

  @Test func limitsWrongKeysWithoutLockingOutOthersOfTheAddress() async throws {
    let wrong: HTTPFields = [.authorization: "Bearer \(Secret.random().revealed)"]
    try await server.withClient { client in
      var statuses: [HTTPResponse.Status] = []
      while statuses.count < 500, statuses.last != .tooManyRequests {
        statuses.append(try await client.execute(uri: "/events", method: .get, headers: wrong) { $0.status })
      }
      #expect(statuses.first == .unauthorized)
      #expect(statuses.last == .tooManyRequests)
      #expect(statuses.count > FailedLogins.burst)
      let right = keyring.fields(of: "read")
      #expect(try await client.execute(uri: "/events", method: .get, headers: right) { $0.status } == .ok)
    }
  }

  @Test func aRevokedKeyIsRefusedAtOnce() async throws {
    #expect(try await server.answer("/events", headers: keyring.fields(of: "read")).status == .ok)
    try keyring.revoke("read")
    #expect(try await server.answer("/events", headers: keyring.fields(of: "read")).status == .unauthorized)
  }

  @Test func aServerWithoutCredentialsAsksForNoKey() async throws {
    #expect(try await TestServer().answer("/events").status == .ok)
  }
}
