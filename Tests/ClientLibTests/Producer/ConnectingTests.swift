import ModelServer
import Testing
import WireProtocol

@testable import ClientLib

@Suite(.timeLimit(.minutes(2))) struct ConnectingTests {
  @Test func connectsAndSaysWhoItIs() async throws {
    let server = try ModelServer()
    let identity = Producer.Identity.random()
    let producer = try await server.producer { $0.identity = identity }
    #expect(server.ledger.withLedger { $0.identities } == [identity.id])
    #expect(await server.with(\.helloBases) == [1])
    try await producer.close()
  }

  @Test func failsWhenNoServerListens() async throws {
    // The system never assigns this port, so no other test listens there.
    let endpoint = Endpoint(host: "127.0.0.1", port: 1)
    let configuration = Producer.Configuration.quick { $0.connectTimeout = .milliseconds(50) }
    let error = await #expect(throws: ProducerError.self) {
      try await Producer.connect(to: [endpoint], configuration: configuration, logger: silent)
    }
    #expect(error?.code == .unreachable)
    #expect(error?.isRetryable == true)
    #expect(error?.message.contains(endpoint.description) == true)
  }

  @Test func triesTheNextEndpoint() async throws {
    let (dead, alive) = (try ModelServer(), try ModelServer())
    await dead.close()
    let producer = try await connected(to: [dead, alive])
    #expect(try await producer.publish("a").committed().received == 1)
    try await producer.close()
  }

  @Test func waitsForAServerThatIsStarting() async throws {
    let server = try ModelServer()
    await server.with { $0.behave { $0.refusal = WireError(.storeUnavailable, "not yet") } }
    async let connecting = server.producer()
    await server.waits { $0.connections >= 3 }
    await server.with { $0.behave { $0.refusal = nil } }
    try await connecting.close()
  }

  @Test func recognisesAServerOfAnotherKind() async throws {
    var manners = Manners()
    manners.strangeAnswer = Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)
    let server = try ModelServer(manners)
    let error = await #expect(throws: ProducerError.self) { try await server.producer() }
    #expect(error?.code == .incompatible)
    #expect(error?.isRetryable == false)
  }

  @Test(arguments: [ErrorCode.authenticationFailed, .producerNotYours])
  func isToldThatItMayNotComeIn(_ code: ErrorCode) async throws {
    var manners = Manners()
    manners.refusal = WireError(code, "no")
    let server = try ModelServer(manners)
    let error = await #expect(throws: ProducerError.self) { try await server.producer() }
    #expect(error?.code == .notAuthorized)
    #expect(error?.serverCode == Int(code.wire))
  }

  @Test func stopsConnectingWhenItsTaskIsCancelled() async throws {
    var manners = Manners()
    manners.refusal = WireError(.storeUnavailable, "never")
    let server = try ModelServer(manners)
    let connecting = Task { try await server.producer() }
    await server.waits { $0.connections >= 1 }
    connecting.cancel()
    await #expect(throws: ProducerError(.cancelled, "")) { try await connecting.value }
  }

  static let contradictions: [@Sendable (inout Producer.Configuration) -> Void] = [
    { $0.outboxBatches = 0 }, { $0.outboxBytes = 0 }, { $0.batchEvents = 0 }, { $0.batchBytes = -1 },
    { $0.connectTimeout = .zero }, { $0.attemptTimeout = .zero }, { $0.shortestPause = .zero },
    { $0.linger = .seconds(-1) }, { $0.longestPause = .nanoseconds(1) },
  ]

  @Test(arguments: 0..<9) func rejectsAnInvalidConfiguration(_ number: Int) async throws {
    let configuration = Producer.Configuration.quick(Self.contradictions[number])
    await #expect(throws: ProducerError(.invalidConfiguration, "")) {
      try await Producer.connect(
        to: [Endpoint(host: "127.0.0.1", port: 1)], configuration: configuration, logger: silent)
    }
  }

  @Test func needsAnEndpoint() async {
    await #expect(throws: ProducerError(.invalidConfiguration, "")) {
      try await Producer.connect(to: [], logger: silent)
    }
  }
}

@Suite struct EndpointTests {
  @Test(arguments: ["localhost:7171", "10.0.0.1:1", "[::1]:65535"]) func readsWhatItWrites(_ text: String) {
    #expect(Endpoint(text)?.description == text)
  }

  @Test(arguments: ["", "localhost", "localhost:", ":1", "localhost:65536", "::1:7171", "a b:1"])
  func refusesOthers(_ text: String) {
    #expect(Endpoint(text) == nil)
  }

  @Test func hasTheIngestPortByDefault() {
    #expect(Endpoint(host: "::1").description == "[::1]:7171")
  }
}
