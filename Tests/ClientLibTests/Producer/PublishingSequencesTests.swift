import ModelServer
import Testing
import WireProtocol

@testable import ClientLib

@Suite(.timeLimit(.minutes(2))) struct PublishingSequencesTests {
  private func events(_ count: Int, bytes: Int = 2) -> [Event] {
    (0..<count).map { number in
      Event(
        topic: "a.b.c", id: "e\(number)", timestamp: Timestamp(microseconds: 0), source: "tests",
        payload: "\"\(String(repeating: "x", count: bytes))\"")
    }
  }

  @Test(arguments: [0, 1, 100, 101, 250]) func fillsBatchAfterBatch(_ count: Int) async throws {
    let server = try ModelServer()
    let producer = try await server.producer { $0.batchEvents = 100 }
    let receipts = try await producer.publish(contentsOf: events(count))
    #expect(receipts.map(\.events).reduce(0, +) == count)
    #expect(receipts.count == (count + 99) / 100)
    for receipt in receipts { try await receipt.committed() }
    #expect(server.stored == (count, count, 0))
    try await producer.close()
  }

  @Test func keepsTheBatchesBeforeAnEventThatFitsNone() async throws {
    let server = try ModelServer()
    let producer = try await server.producer { configuration in
      configuration.batchEvents = 10
      configuration.batchBytes = 10_000
    }
    let large = Event(topic: "t", id: "large", source: "s", payload: String(repeating: "1", count: 20_000))
    let events = events(10) + [large]
    await #expect(throws: ProducerError(.eventTooLarge, "")) {
      try await producer.publish(contentsOf: events)
    }
    try await producer.flush()
    #expect(server.stored.received == 10)
    try await producer.close()
  }

  @Test func publishesEventsAsTheyComeAndReturnsTheirReceipts() async throws {
    var manners = Manners()
    manners.notesKeys = true
    let server = try ModelServer(manners)
    let producer = try await server.producer()
    let (stream, continuation) = AsyncStream.makeStream(of: Event.self)
    let reader = Task {
      var committed = 0
      for try await receipt in producer.publish(contentsOf: stream) {
        #expect(receipt.events == 1)
        try await receipt.committed()
        committed += 1
      }
      return committed
    }
    for event in events(5) { continuation.yield(event) }
    // The sequence goes on: the events so far are published although it has not ended.
    await server.waits { $0.arrivedKeys.count == 5 }
    continuation.finish()
    #expect(try await reader.value == 5)
    try await producer.close()
  }

  @Test func passesOnTheErrorOfTheSequence() async throws {
    struct Broken: Error {}
    let server = try ModelServer()
    let producer = try await server.producer()
    let stream = AsyncThrowingStream<Event, any Error> { $0.finish(throwing: Broken()) }
    await #expect(throws: Broken.self) {
      for try await _ in producer.publish(contentsOf: stream) {}
    }
    try await producer.close()
  }
}
