import Ingest
import SpecVectors
import TCPIngest
import Testing
import Waiting
import WireProtocol

/// A server that asks for keys, over sockets.
struct AuthenticationTests {
  private static let orders = TestAuthenticator.Account(
    name: "orders", key: .test("orders"), topics: TopicGate(names: [], prefixes: ["orders."]))
  private static let audit = TestAuthenticator.Account(name: "audit", key: .test("audit"))

  private let authenticator = TestAuthenticator([orders, audit])

  private func server(_ adjust: (inout IngestServerConfiguration) -> Void = { _ in }) throws -> TestServer {
    try TestServer(authenticator: authenticator, adjust)
  }

  /// The error that ends the connection; nil when something else comes first.
  private func ending(of client: RawClient) -> ErrorCode? {
    guard case .failed(let error) = client.next() else { return nil }
    return error.error.code
  }

  @Test func aRightKeyPublishes() async throws {
    let server = try server()
    let producer = ProducerID.fresh()
    let client = try RawClient(
      port: server.port, producer: producer, authentication: Self.audit.key.authentication)
    guard case .welcomed(let welcome) = client.handshake() else {
      Issue.record("the key was not accepted")
      return await server.stop()
    }
    #expect(welcome.proof != nil)
    client.publish(1, try sampleColumns(3))
    #expect(client.commits(1).first?.counts?.unique == 3)
    #expect(server.store.owner(of: producer) == "audit")
    await server.stop()
  }

  @Test(arguments: [
    VectorKey.test("nobody"),
    VectorKey(id: "audit", secret: VectorKey.test("x").secret, nonce: VectorKey.test("x").nonce),
  ])
  func aWrongKeyAndAnUnknownOneAreToldTheSame(_ key: VectorKey) async throws {
    let server = try server()
    let client = try RawClient(port: server.port, authentication: key.authentication)
    guard case .failed(let error) = client.handshake() else {
      Issue.record("the key was accepted")
      return await server.stop()
    }
    #expect(error.error.code == .authenticationFailed)
    #expect(error.error.message == "the key is not accepted: check the key, or ask for a new one")
    await server.stop()
  }

  @Test func aClientWithoutAKeyIsToldSo() async throws {
    let server = try server()
    let client = try RawClient(port: server.port)
    client.flush()
    #expect(ending(of: client) == .authenticationFailed)
    await server.stop()
  }

  @Test func aClientWithAKeyRefusesAServerThatAsksForNone() async throws {
    let server = try TestServer()
    let client = try RawClient(port: server.port, authentication: Self.audit.key.authentication)
    client.flush()
    #expect(ending(of: client) == .authenticationFailed)
    await server.stop()
  }

  @Test func aTopicThatIsNotPermittedRefusesTheBatchAndNamesTheTopic() async throws {
    let server = try server()
    let client = try RawClient(port: server.port, authentication: Self.orders.key.authentication)
    _ = client.handshake()
    client.publish(1, try sampleColumns(2, topic: "payments.\u{1b}[2J"))
    let refusal = client.refusal(of: 1)
    #expect(refusal?.error.code == .topicNotAllowed)
    #expect(refusal?.error.message.contains(#"payments.\u{1b}[2J"#) == true)
    client.publish(2, try sampleColumns(2, topic: "orders.created"))
    #expect(client.commits(1).first?.counts == BatchCounts(unique: 2, duplicate: 0, dead: 0))
    #expect(authenticator.refused == [.topicNotAllowed])
    await server.stop()
  }

  @Test func aProducerOfAnotherPrincipalIsNotYours() async throws {
    let server = try server()
    let producer = ProducerID.fresh()
    let owner = try RawClient(
      port: server.port, producer: producer, authentication: Self.audit.key.authentication)
    _ = owner.handshake()
    let other = try RawClient(
      port: server.port, producer: producer, authentication: Self.orders.key.authentication)
    guard case .failed(let error) = other.handshake() else {
      Issue.record("the producer was taken over")
      return await server.stop()
    }
    #expect(error.error.code == .producerNotYours)
    #expect(authenticator.refused == [.producerNotYours])
    await server.stop()
  }

  @Test func aRevokedKeyEndsItsConnectionsAndNoOthers() async throws {
    let server = try server()
    let revoked = try RawClient(port: server.port, authentication: Self.orders.key.authentication)
    let stays = try RawClient(port: server.port, authentication: Self.audit.key.authentication)
    _ = (revoked.handshake(), stays.handshake())
    authenticator.revoke("orders")
    #expect(ending(of: revoked) == .authenticationFailed)
    stays.publish(1, try sampleColumns(1))
    #expect(stays.commits(1).count == 1)
    let again = try RawClient(port: server.port, authentication: Self.orders.key.authentication)
    _ = again.handshake()
    #expect(ending(of: again) == .notSluice)
    await server.stop()
  }

  @Test func aChangeOfRightsReachesOpenConnections() async throws {
    let server = try server()
    let client = try RawClient(port: server.port, authentication: Self.orders.key.authentication)
    _ = client.handshake()
    authenticator.change("orders", to: TopicGate(names: ["payments"], prefixes: []))
    // The change is noticed at a tick of the connection.
    try await waitUntil { authenticator.renewals > 0 }
    client.publish(1, try sampleColumns(1, topic: "payments"))
    #expect(client.commits(1).count == 1)
    client.publish(2, try sampleColumns(1, topic: "orders.created"))
    #expect(client.refusal(of: 2)?.error.code == .topicNotAllowed)
    await server.stop()
  }

  @Test func aQuotaThatIsUsedUpHoldsCreditBackAndRefusesNothing() async throws {
    let limited = TestAuthenticator.Account(
      name: "limited", key: .test("limited"), quota: PublishQuota(events: 10))
    let server = try TestServer(authenticator: TestAuthenticator([limited]))
    let client = try RawClient(port: server.port, authentication: limited.key.authentication)
    _ = client.handshake()
    client.publish(1, try sampleColumns(10))
    #expect(client.commits(1).count == 1)
    #expect(server.activity.snapshot().creditDelays == 0)
    client.publish(2, try sampleColumns(100, prefix: "more"))
    client.publish(3, try sampleColumns(10, prefix: "again"))
    #expect(client.commits(2).count == 2)
    // Counted once, because the quota stays used up.
    #expect(server.activity.snapshot().creditDelays == 1)
    let use = server.quotas.use(of: ["limited", "nobody"], at: .now)
    #expect(use.keys.sorted() == ["limited"])
    #expect(use["limited"]?.exceeded == [.events] && use["limited"]?.connections == 1)
    await server.stop()
  }

  @Test func aPrincipalHasAsManyConnectionsAsItsQuotaSays() async throws {
    let limited = TestAuthenticator.Account(
      name: "limited", key: .test("limited"), quota: PublishQuota(connections: 1))
    let authenticator = TestAuthenticator([limited])
    let server = try TestServer(authenticator: authenticator)
    let first = try RawClient(port: server.port, authentication: limited.key.authentication)
    _ = first.handshake()
    let second = try RawClient(port: server.port, authentication: limited.key.authentication)
    guard case .failed(let error) = second.handshake() else {
      Issue.record("a second connection was accepted")
      return await server.stop()
    }
    #expect(error.error.code == .tooManyConnections)
    #expect(authenticator.refused == [.tooManyConnections])
    await server.stop()
  }

  @Test func theOldestConnectionWithoutAKeyMakesRoom() async throws {
    let server = try server {
      $0.unauthenticatedOfAddress = 2
      $0.handshake = .seconds(60)
    }
    let loggedIn = try RawClient(port: server.port, authentication: Self.audit.key.authentication)
    _ = loggedIn.handshake()
    // The answered preface shows that the connection is counted, so the order is known.
    let silent = try (0..<3).map { _ in
      let client = try RawClient(port: server.port)
      client.send(Preface.bytes)
      #expect(client.read(Preface.byteCount) == Preface.bytes)
      return client
    }
    #expect(ending(of: silent[0]) == .tooManyConnections)
    loggedIn.publish(1, try sampleColumns(1))
    #expect(loggedIn.commits(1).count == 1)
    await server.stop()
  }
}

/// The topics of a principal.
struct TopicGateTests {
  @Test(arguments: [
    ("orders.created", true), ("orders.", true), ("orders", false), ("order", false), ("audit", true),
    ("audit.x", false), ("aud", false), ("a", false), ("z", false), ("", false), ("zebra.x", true),
    ("zebra", true), ("zeb", false), ("ordersx", false),
  ])
  func permitsNamesAndPrefixes(_ topic: String, _ isPermitted: Bool) {
    let gate = TopicGate(
      names: ["audit", "zebra.x"], prefixes: ["zebra", "orders.", "orders.cr", "zebra.y"])
    let isFound = gate.permits(topic)
    #expect(isFound == isPermitted)
  }

  @Test func anEmptyPrefixPermitsEverythingAndNothingPermitsNothing() {
    #expect(TopicGate(names: [], prefixes: [""]).permits("a.b.c"))
    #expect(!TopicGate(names: [], prefixes: []).permits("a.b.c"))
  }

  @Test func bytesThatAreNotUTF8AreCompared() {
    let gate = TopicGate(names: [], prefixes: ["é"])
    #expect(!gate.permits([0xC3]))
    #expect(gate.permits([0xC3, 0xA9, 0xFF]))
  }
}

extension TopicGate {
  fileprivate func permits(_ topic: String) -> Bool { permits(Array(topic.utf8)) }

  fileprivate func permits(_ topic: [UInt8]) -> Bool { permits(topic.span.bytes) }
}
