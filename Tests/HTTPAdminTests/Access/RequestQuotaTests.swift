import Hummingbird
import HummingbirdTesting
import Ingest
import Principals
import Testing

@testable import HTTPAdmin

/// Tests of the quotas of principals that publish over HTTP.
struct RequestQuotaTests {
  private let store = MemoryStore()

  private func server(_ quota: PublishQuota, requestTime: Duration) throws -> (TestServer, Keyring) {
    var principal = Principal(name: "shop", roles: [.publish])
    principal.quota = quota
    let keyring = try Keyring([principal])
    var server = TestServer(publishing: store.services(), access: keyring.access)
    server.settings.requestTime = requestTime
    server.settings.isEncrypted = true
    return (server, keyring)
  }

  private func publish(
    _ range: Range<Int>, to server: TestServer, _ keyring: Keyring
  ) async throws -> TestResponse {
    let lines = range.map { PublishedEvent(id: "e-\($0)").json }.joined(separator: "\n")
    return try await server.publish(
      lines, "application/x-ndjson", headers: keyring.fields(of: "shop"))
  }

  @Test func aRequestThatWouldWaitTooLongIsRefusedAndStoresNothing() async throws {
    let (server, keyring) = try server(PublishQuota(events: 1), requestTime: .seconds(1))
    // The burst is 2 events, so a thousand use up the quota of more seconds than any test takes.
    #expect(try await publish(0..<1_000, to: server, keyring).status == .ok)
    let refused = try await publish(1_000..<1_001, to: server, keyring)
    #expect(refused.status == .tooManyRequests)
    let seconds = refused.headers[.retryAfter].flatMap { Int($0) } ?? 0
    #expect((1...1_000).contains(seconds), "\(seconds)")
    #expect(refused.text.contains("quota-used-up"))
    #expect(store.activity.snapshot().acceptedEvents == 1_000)
  }

  @Test(.timeLimit(.minutes(5))) func fewRequestsOfAPrincipalWait() async throws {
    let (server, keyring) = try server(PublishQuota(events: 1), requestTime: .seconds(10_000))
    #expect(try await publish(0..<1_000, to: server, keyring).status == .ok)
    for _ in 0..<QuotaAccounts.mostWaitingRequests { #expect(store.quotas.beginWaiting("shop")) }
    let refused = try await publish(1_000..<1_001, to: server, keyring)
    #expect(refused.status == .tooManyRequests)
    #expect(refused.headers[.retryAfter] != nil)
    #expect(store.activity.snapshot().acceptedEvents == 1_000)
  }

  @Test func aRequestWaitsForItsQuota() async throws {
    let (server, keyring) = try server(PublishQuota(events: 50), requestTime: .seconds(100))
    // The burst is a hundred events, so the quota permits the second request three seconds after the first.
    let start = ContinuousClock.now
    #expect(try await publish(0..<250, to: server, keyring).status == .ok)
    #expect(try await publish(250..<251, to: server, keyring).status == .ok)
    #expect(ContinuousClock.now - start >= .seconds(3))
    #expect(store.activity.snapshot().acceptedEvents == 251)
  }
}
