import ModelServer
import Testing
import WireProtocol

@testable import ClientLib

@Suite(.timeLimit(.minutes(2))) struct PublishingTests {
  @Test func reportsTheCountsOfASingleEvent() async throws {
    let server = try ModelServer()
    let producer = try await server.producer()
    let receipt = try await producer.publish(Event(topic: "a.b.c", id: "1", source: "s", payload: "{}"))
    try await receipt.accepted()
    let counts = try await receipt.committed()
    #expect(counts == Counts(BatchCounts(unique: 1, duplicate: 0, dead: 0), received: 1, isReplay: false))
    try await producer.close()
  }

  @Test func countsDuplicates() async throws {
    let server = try ModelServer()
    let producer = try await server.producer()
    _ = try await producer.publish("a", events: 3).committed()
    let counts = try await producer.publish("a", events: 5).committed()
    #expect(counts.unique == 2)
    #expect(counts.duplicate == 3)
    try await producer.close()
  }

  @Test func gathersEventsUntilABatchIsFull() async throws {
    let server = try ModelServer()
    let producer = try await server.producer { configuration in
      configuration.linger = .seconds(3_600)
      configuration.batchEvents = 10
    }
    for number in 0..<25 {
      _ = try await producer.publish(Event(topic: "a.b.c", id: "\(number)", source: "s"))
    }
    await server.waits { $0.published.count == 2 }
    try await producer.flush()
    #expect(await server.with(\.published.count) == 3)
    #expect(server.stored.keys == 25)
    #expect(producer.statistics.events == 25)
    try await producer.close()
  }

  @Test func sendsASingleEventAfterItsLinger() async throws {
    let server = try ModelServer()
    let producer = try await server.producer()
    let receipt = try await producer.publish(Event(topic: "a.b.c", id: "1", source: "s"))
    #expect(try await receipt.committed().received == 1)
    try await producer.close()
  }

  @Test func servesManyTasksAtOnce() async throws {
    let server = try ModelServer()
    let producer = try await server.producer { $0.batchEvents = 7 }
    await withDiscardingTaskGroup { group in
      for task in 0..<20 {
        group.addTask {
          for number in 0..<50 {
            do {
              _ = try await producer.publish(Event(topic: "t", id: "\(task)-\(number)", source: "s"))
            } catch {
              Issue.record(error)
            }
          }
        }
      }
    }
    try await producer.close()
    #expect(server.stored == (1_000, 1_000, 0))
  }

  @Test func acceptedComesBeforeCommitted() async throws {
    var manners = Manners()
    manners.holdsCommits = true
    let server = try ModelServer(manners)
    let producer = try await server.producer()
    let receipt = try await producer.publish("a")
    try await receipt.accepted()
    #expect(producer.statistics.committed == 0)
    await server.with { $0.behave { $0.holdsCommits = false } }
    #expect(try await receipt.committed().unique == 1)
    #expect(producer.statistics.committed == 1)
    try await producer.close()
  }

  @Test func compressesOnlyWhenConfiguredAndSupported() async throws {
    let server = try ModelServer()
    for compresses in [true, false] {
      let producer = try await server.producer { $0.compresses = compresses }
      _ = try await producer.publish("a", events: 100).committed()
      try await producer.close()
    }
    #expect(await server.with(\.codecs) == [.lz4, .none])
  }

  @Test func staysWithinTheCreditOfTheServer() async throws {
    var manners = Manners()
    manners.credit = Credit(batches: 2, bytes: 1 << 20)
    let server = try ModelServer(manners)
    let producer = try await server.producer()
    var receipts: [Receipt] = []
    for number in 0..<50 { receipts.append(try await producer.publish("batch\(number)")) }
    for receipt in receipts { try await receipt.committed() }
    #expect(server.stored.received == 50)
    #expect(producer.statistics.reconnects == 0)
    try await producer.close()
  }

  @Test(arguments: [1, 7, 30]) func readsFramesInPartsOfAnySize(bytes: Int) async throws {
    var manners = Manners()
    manners.sliceBytes = bytes
    let server = try ModelServer(manners)
    let producer = try await server.producer()
    var receipts: [Receipt] = []
    for number in 0..<30 { receipts.append(try await producer.publish("batch\(number)")) }
    for receipt in receipts { #expect(try await receipt.committed().unique == 1) }
    #expect(producer.statistics.reconnects == 0)
    try await producer.close()
  }

  @Test func refusesABatchWithoutEvents() async throws {
    let server = try ModelServer()
    let producer = try await server.producer()
    await #expect(throws: ProducerError(.emptyBatch, "")) { try await producer.publish(producer.makeBatch()) }
    try await producer.close()
  }

  @Test func refusesABatchBeyondTheLimitsOfTheServer() async throws {
    var manners = Manners()
    manners.limits.batch.events = 1_000
    let server = try ModelServer(manners)
    let producer = try await server.producer()
    for (events, isTaken) in [(1_000, true), (1_001, false)] {
      var batch = EventBatch(events: 2_000)
      for number in 0..<events { _ = try batch.append(Event(topic: "t", id: "\(number)", source: "s")) }
      do {
        _ = try await producer.publish(batch)
        #expect(isTaken)
      } catch {
        #expect(error == ProducerError(.batchTooLarge, ""))
        #expect(!isTaken)
      }
    }
    try await producer.close()
  }

  @Test func reportsARefusalToItsPublisherOnly() async throws {
    var manners = Manners()
    manners.batchRefusal = { $0 == 2 ? WireError(.topicNotAllowed, "not yours") : nil }
    let server = try ModelServer(manners)
    let producer = try await server.producer()
    let receipts = [
      try await producer.publish("a"), try await producer.publish("b"), try await producer.publish("c"),
    ]
    #expect(try await receipts[0].committed().unique == 1)
    let error = await #expect(throws: ProducerError.self) { try await receipts[1].committed() }
    #expect(error?.code == .topicNotAllowed)
    #expect(error?.serverCode == Int(ErrorCode.topicNotAllowed.wire))
    #expect(try await receipts[2].committed().unique == 1)
    #expect(producer.statistics.refused == 1)
    try await producer.close()
  }

  @Test func buffersLittleForASlowSocket() async throws {
    var manners = Manners()
    manners.stopsReading = true
    let server = try ModelServer(manners)
    let producer = try await server.producer { configuration in
      configuration.compresses = false
      configuration.batchBytes = 1 << 20
    }
    let text = String(repeating: "x", count: 250_000)
    var receipts: [Receipt] = []
    for number in 0..<28 {
      var batch = producer.makeBatch()
      for part in 0..<4 {
        let event = Event(topic: "t", id: "\(number)-\(part)", source: "s", payload: "\"\(text)\"")
        #expect(try batch.append(event))
      }
      receipts.append(try await producer.publish(batch))
    }
    // After every batch that was sent.
    await withCheckedContinuation { continuation in
      producer.channels[0].pipeline.onManager { _ in continuation.resume() }
    }
    // The credit covers all 28 MB. The system buffers a few MB, and the producer a little more than one.
    #expect(producer.statistics.sentBytes < 20_000_000)
    await server.with { $0.behave { $0.stopsReading = false } }
    for receipt in receipts { try await receipt.committed() }
    #expect(producer.statistics.sentBytes > 28_000_000)
    try await producer.close()
  }
}

@Suite struct CountsTests {
  @Test func isReadable() {
    let counts = BatchCounts(unique: 2, duplicate: 1, dead: 0)
    #expect("\(Counts(counts, received: 3, isReplay: false))" == "3 events: 2 unique, 1 duplicate, 0 dead")
    #expect("\(Counts(nil, received: 3, isReplay: true))" == "3 events, counts unknown")
  }
}
