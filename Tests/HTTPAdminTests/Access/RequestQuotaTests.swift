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
    let (server, keyring) = try server(PublishQuota(events: 10), requestTime: .seconds(1))
    // The burst is 20 events, so a hundred use up the quota of eight more seconds.
    #expect(try await publish(0..<100, to: server, keyring).status == .ok)
    let refused = try await publish(100..<101, to: server, keyring)
    #expect(refused.status == .tooManyRequests)
    let seconds = refused.headers[.retryAfter].flatMap { Int($0) } ?? 0
    #expect((1...9).contains(seconds), "\(seconds)")
    #expect(refused.text.contains("quota-used-up"))
    #expect(store.activity.snapshot().acceptedEvents == 100)
  }

  @Test func aRequestWaitsForItsQuota() async throws {
    let (server, keyring) = try server(PublishQuota(events: 50), requestTime: .seconds(100))
    // The burst is a hundred events, so the second request waits for three seconds.
    #expect(try await publish(0..<250, to: server, keyring).status == .ok)
    #expect(try await publish(250..<251, to: server, keyring).status == .ok)
    #expect(store.activity.snapshot().creditDelays == 1)
    #expect(store.activity.snapshot().acceptedEvents == 251)
  }
}
