import Ingest
import SpecVectors
import TCPIngest
import Testing
import Waiting
import WireProtocol

/// Logins by client certificate, over sockets whose transport knows the names of the certificate.
struct CertificateLoginTests {
  private static let orders = TestAuthenticator.Account(
    name: "orders", key: .test("orders"), topics: TopicGate(names: [], prefixes: ["orders."]),
    certificate: "orders.example")
  private static let audit = TestAuthenticator.Account(name: "audit", key: .test("audit"))

  private let authenticator = TestAuthenticator([orders, audit])

  /// A server over whose connections every client has a certificate with these names.
  private func server(_ names: [String]) throws -> TestServer {
    try TestServer(authenticator: authenticator) { configuration in
      configuration.transport = { NamedTransport(names, over: $0) }
    }
  }

  /// The error that ends the connection.
  private func ending(of client: RawClient) -> ErrorCode {
    while true {
      if case .failed(let error) = client.next() { return error.error.code }
    }
  }

  @Test func aCertificatePublishesWithoutAKey() async throws {
    let server = try server(["x.example", "orders.example"])
    let producer = ProducerID.fresh()
    let client = try RawClient(port: server.port, producer: producer)
    guard case .welcomed(let welcome) = client.handshake() else {
      Issue.record("the certificate was not accepted")
      return await server.stop()
    }
    #expect(welcome.proof == nil)
    client.publish(1, try sampleColumns(3, topic: "orders.created"))
    #expect(client.commits(1).first?.counts?.unique == 3)
    client.publish(2, try sampleColumns(1, topic: "payments"))
    #expect(client.refusal(of: 2)?.error.code == .topicNotAllowed)
    #expect(server.store.owner(of: producer) == "orders")
    await server.stop()
  }

  @Test func aKeyGoesBeforeTheCertificate() async throws {
    let server = try server(["orders.example"])
    let producer = ProducerID.fresh()
    let client = try RawClient(
      port: server.port, producer: producer, authentication: Self.audit.key.authentication, announcesKey: true
    )
    guard case .welcomed(let welcome) = client.handshake() else {
      Issue.record("the key was not accepted")
      return await server.stop()
    }
    #expect(welcome.proof != nil)
    #expect(server.store.owner(of: producer) == "audit")
    await server.stop()
  }

  @Test func aWrongKeyIsRefusedInSpiteOfTheCertificate() async throws {
    let server = try server(["orders.example"])
    let client = try RawClient(
      port: server.port, authentication: VectorKey.test("nobody").authentication, announcesKey: true)
    guard case .failed(let error) = client.handshake() else {
      Issue.record("the key was accepted")
      return await server.stop()
    }
    #expect(error.error.code == .authenticationFailed)
    await server.stop()
  }

  @Test func aCertificateOfNobodyIsAskedForAKey() async throws {
    let server = try server(["nobody.example"])
    let without = try RawClient(port: server.port)
    without.flush()
    #expect(ending(of: without) == .authenticationFailed)
    let with = try RawClient(port: server.port, authentication: Self.audit.key.authentication)
    guard case .welcomed = with.handshake() else {
      Issue.record("the key was not accepted")
      return await server.stop()
    }
    await server.stop()
  }

  @Test func aRevocationEndsTheConnectionsOfACertificate() async throws {
    let server = try server(["orders.example"])
    let client = try RawClient(port: server.port)
    _ = client.handshake()
    authenticator.change("orders", to: TopicGate(names: ["payments"], prefixes: []))
    try await waitUntil { authenticator.renewals > 1 }
    client.publish(1, try sampleColumns(1, topic: "payments"))
    #expect(client.commits(1).count == 1)
    authenticator.revoke("orders")
    #expect(ending(of: client) == .authenticationFailed)
    await server.stop()
  }
}
