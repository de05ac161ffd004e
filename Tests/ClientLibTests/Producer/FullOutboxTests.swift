import ModelServer
import Testing
import WireProtocol

@testable import ClientLib

@Suite(.timeLimit(.minutes(2))) struct FullOutboxTests {
  /// A server that commits nothing yet, and a producer whose outbox holds one batch of one event.
  private func crowded(
    _ whenFull: Producer.Configuration.WhenFull
  ) async throws -> (ModelServer, Producer) {
    var manners = Manners()
    manners.holdsCommits = true
    let server = try ModelServer(manners)
    let producer = try await server.producer { configuration in
      configuration.outboxBatches = 1
      configuration.batchEvents = 1
      configuration.whenFull = whenFull
    }
    return (server, producer)
  }

  @Test func makesThePublisherWaitForRoom() async throws {
    let (server, producer) = try await crowded(.wait)
    let first = try await producer.publish("a")
    async let second = producer.publish("b")
    try await first.accepted()
    #expect(producer.statistics.batches == 1)
    await server.with { $0.behave { $0.holdsCommits = false } }
    #expect(try await second.committed().unique == 1)
    try await producer.close()
  }

  @Test func failsAtOnceWhenConfigured() async throws {
    let (server, producer) = try await crowded(.fail)
    let first = try await producer.publish("a")
    let error = await #expect(throws: ProducerError.self) { try await producer.publish("b") }
    #expect(error?.code == .outboxFull)
    #expect(error?.isRetryable == true)
    await server.with { $0.behave { $0.holdsCommits = false } }
    try await first.committed()
    #expect(try await producer.publish("b").committed().unique == 1)
    try await producer.close()
  }

  @Test func failsAtOnceForSingleEvents() async throws {
    let (server, producer) = try await crowded(.fail)
    // One is in the outbox, one waits for room, and one is in the open batch.
    await #expect(throws: ProducerError(.outboxFull, "")) {
      for number in 0..<4 { _ = try await producer.publish(Event(topic: "t", id: "\(number)", source: "s")) }
    }
    await server.with { $0.behave { $0.holdsCommits = false } }
    try await producer.close()
    #expect(server.stored.keys == producer.statistics.events)
  }

  @Test func dropsTheOldestWhenConfigured() async throws {
    var manners = Manners()
    manners.credit = Credit(batches: 1, bytes: 1 << 20)
    manners.holdsCommits = true
    let server = try ModelServer(manners)
    let producer = try await server.producer { configuration in
      configuration.outboxBatches = 3
      configuration.whenFull = .dropOldest
    }
    let first = try await producer.publish("first")
    try await first.accepted()
    var receipts: [Receipt] = []
    for number in 0..<10 { receipts.append(try await producer.publish("batch\(number)")) }
    for receipt in receipts.prefix(8) {
      await #expect(throws: ProducerError(.dropped, "")) { try await receipt.committed() }
    }
    #expect(producer.statistics.dropped == 8)
    await server.with { $0.behave { $0.holdsCommits = false } }
    #expect(try await first.committed().unique == 1)
    for receipt in receipts.suffix(2) { #expect(try await receipt.committed().unique == 1) }
    #expect(await server.with(\.published) == [1, 10, 11])
    try await producer.close()
  }

  @Test func dropsTheOldestBatchOfSingleEvents() async throws {
    let (server, producer) = try await crowded(.dropOldest)
    var receipts: [Receipt] = []
    for number in 0..<20 {
      receipts.append(try await producer.publish(Event(topic: "t", id: "\(number)", source: "s")))
    }
    try await receipts[19].accepted()
    #expect(producer.statistics.dropped == 19)
    await server.with { $0.behave { $0.holdsCommits = false } }
    try await producer.close()
    #expect(try await receipts[19].committed().unique == 1)
  }

  @Test func doesNotPublishABatchWhoseTaskIsCancelled() async throws {
    let (server, producer) = try await crowded(.wait)
    try await producer.publish("a").accepted()
    let waiting = Task { try await producer.publish("b") }
    waiting.cancel()
    await #expect(throws: ProducerError(.cancelled, "")) { try await waiting.value }
    await server.with { $0.behave { $0.holdsCommits = false } }
    try await producer.close()
    #expect(server.stored.keys == 1)
  }

  @Test func endsTheWaitForAnAcknowledgementWithItsTask() async throws {
    let (server, producer) = try await crowded(.wait)
    let receipt = try await producer.publish("a")
    let waiting = Task { try await receipt.committed() }
    waiting.cancel()
    await #expect(throws: ProducerError(.cancelled, "")) { try await waiting.value }
    await server.with { $0.behave { $0.holdsCommits = false } }
    #expect(try await receipt.committed().unique == 1)
    try await producer.close()
  }
}
