import ModelServer
import Testing
import WireProtocol

@testable import ClientLib

@Suite(.timeLimit(.minutes(2))) struct OfflineStartTests {
  /// A port on which nobody listens, and which the next server may take.
  private func freePort() async throws -> UInt16 {
    let server = try ModelServer()
    await server.close()
    return server.port
  }

  private func offline(
    _ port: UInt16, _ notices: Notices = Notices(),
    _ change: (inout Producer.Configuration) -> Void = { _ in }
  ) async throws -> Producer {
    let configuration = Producer.Configuration.quick { configuration in
      configuration.startOffline = true
      configuration.onNotice = notices.collect
      change(&configuration)
    }
    return try await Producer.connect(
      to: [Endpoint(host: "127.0.0.1", port: port)], configuration: configuration, logger: silent)
  }

  @Test func publishesAtOnceAndSendsWhenTheServerComes() async throws {
    let port = try await freePort()
    let notices = Notices()
    let producer = try await offline(port, notices) { $0.connectTimeout = .milliseconds(1) }
    #expect(notices.kinds == [.startedOffline])
    let receipts = try await producer.publish(
      contentsOf: (0..<1_000).map { Event(topic: "t", id: "\($0)", source: "s") })
    let server = try ModelServer(port: port)
    for receipt in receipts { try await receipt.committed() }
    #expect(server.stored == (1_000, 1_000, 0))
    #expect(notices.kinds == [.startedOffline, .connected])
    try await producer.close()
  }

  /// The next server may take no more than 1,000 events in a batch.
  @Test func keepsBatchesSmallUntilAServerTellsItsLimits() async throws {
    let producer = try await offline(try await freePort()) { configuration in
      configuration.connectTimeout = .milliseconds(1)
      configuration.linger = .seconds(3_600)
      configuration.batchEvents = 20_000
      configuration.batchBytes = 16 << 20
    }
    _ = try await producer.publish(
      contentsOf: (0..<1_001).map { Event(topic: "t\($0)", id: "\($0)", source: "s") })
    var batch = producer.makeBatch()
    var count = 0
    while try batch.append(topic: "t", eventID: "\(count)", timestamp: .now, source: "s") { count += 1 }
    let payload = "\"" + String(repeating: "x", count: 100_000) + "\""
    var large = producer.makeBatch()
    while try large.append(topic: "t", eventID: "1", timestamp: .now, source: "s", payload: payload) {}
    #expect(producer.statistics.batches >= 1 && count == 1_000 && large.byteCount <= 1 << 20)
    await #expect(throws: ProducerError(.unsettledAtClose, "")) { try await producer.close(deadline: .zero) }
  }

  @Test func startsOfflineByItselfWithASpool() async throws {
    try await withDirectory { directory in
      let port = try await freePort()
      let notices = Notices()
      let producer = try await offline(port, notices) { configuration in
        configuration.startOffline = nil
        configuration.spool = Producer.Spool(directory: directory)
      }
      let receipt = try await producer.publish("a")
      try await receipt.kept()
      #expect(notices.kinds.contains(.startedOffline))
      await #expect(throws: ProducerError(.unsettledAtClose, "")) {
        try await producer.close(deadline: .zero)
      }

      let server = try ModelServer(port: port)
      let later = try await server.producer { $0.spool = Producer.Spool(directory: directory) }
      try await later.close()
      #expect(server.stored.received == 1)
    }
  }

  @Test func startsWithAnOpenConnectionWhenTheServerIsThere() async throws {
    let server = try ModelServer()
    let notices = Notices()
    let producer = try await offline(server.port, notices)
    try await producer.publish("a").committed()
    #expect(notices.kinds.contains(.connected))
    try await producer.close()
  }

  @Test func startsAlthoughTheServerHasNoDatabase() async throws {
    var manners = Manners()
    manners.refusal = WireError(.storeUnavailable, "not yet")
    let server = try ModelServer(manners)
    let producer = try await offline(server.port)
    let receipt = try await producer.publish("a")
    await server.with { $0.behave { $0.refusal = nil } }
    try await receipt.committed()
    try await producer.close()
  }

  @Test func isToldLaterThatItMayNotComeIn() async throws {
    let port = try await freePort()
    let producer = try await offline(port)
    let receipt = try await producer.publish("a")
    var manners = Manners()
    manners.refusal = WireError(.producerNotYours, "no")
    let server = try ModelServer(port: port, manners)
    await #expect(throws: ProducerError(.notAuthorized, "")) { try await receipt.committed() }
    await #expect(throws: ProducerError(.notAuthorized, "")) { try await producer.publish("b") }
    await server.close()
  }
}
