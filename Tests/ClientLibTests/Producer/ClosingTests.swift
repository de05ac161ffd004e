import ModelServer
import Testing

@testable import ClientLib

@Suite(.timeLimit(.minutes(2))) struct ClosingTests {
  @Test func commitsEverythingFirst() async throws {
    let server = try ModelServer()
    let producer = try await server.producer { $0.linger = .seconds(3_600) }
    let gathered = try await producer.publish(Event(topic: "t", id: "1", source: "s"))
    let batch = try await producer.publish("a", events: 10)
    try await producer.close()
    #expect(try await gathered.committed().unique == 1)
    #expect(try await batch.committed().unique == 10)
    #expect(server.stored.keys == 11)
    await server.waits { $0.openConnections == 0 }
  }

  @Test func listsUnsettledBatchesAtItsDeadline() async throws {
    var manners = Manners()
    manners.holdsCommits = true
    let server = try ModelServer(manners)
    let producer = try await server.producer()
    let receipts = [try await producer.publish("a", events: 2), try await producer.publish("b", events: 3)]
    for receipt in receipts { try await receipt.accepted() }
    let error = await #expect(throws: ProducerError.self) {
      try await producer.close(deadline: .milliseconds(20))
    }
    #expect(error?.code == .unsettledAtClose)
    #expect(
      error?.unsettled == [
        UnsettledBatch(sequence: 1, events: 2, wasAccepted: true),
        UnsettledBatch(sequence: 2, events: 3, wasAccepted: true),
      ])
    await #expect(throws: ProducerError(.unsettledAtClose, "")) { try await receipts[0].committed() }
    await server.waits { $0.openConnections == 0 }
  }

  @Test func takesNoMoreEvents() async throws {
    let server = try ModelServer()
    let producer = try await server.producer()
    try await producer.close()
    try await producer.close()
    await #expect(throws: ProducerError(.closed, "")) { try await producer.publish("a") }
    await #expect(throws: ProducerError(.closed, "")) {
      try await producer.publish(Event(topic: "t", id: "1", source: "s"))
    }
  }

  /// An event that is taken while the producer closes is in the last batch or refused: `close` leaves no batch open.
  @Test func anEventIsCommittedOrRefusedWhileTheProducerCloses() async throws {
    let server = try ModelServer()
    for round in 0..<20 {
      let producer = try await server.producer { $0.linger = .seconds(3_600) }
      let before = server.stored.keys
      let taken = await withTaskGroup(of: Int.self) { group in
        for task in 0..<4 {
          group.addTask {
            for number in 0..<100 {
              let event = Event(topic: "t", id: "\(round)-\(task)-\(number)", source: "s")
              // Throws when the producer closes, which ends the task.
              guard (try? await producer.publish(event)) != nil else { return number }
            }
            return 100
          }
        }
        group.addTask {
          // Throws when a batch is given up, which the count of the keys shows.
          try? await producer.close()
          return 0
        }
        return await group.reduce(0, +)
      }
      #expect(server.stored.keys - before == taken)
    }
  }

  @Test func anEventAfterTheLastBatchIsRefused() async throws {
    let server = try ModelServer()
    let producer = try await server.producer { $0.linger = .seconds(3_600) }
    let batcher = producer.channels[0].batcher
    let promise = try await batcher.add(Event(topic: "t", id: "1", source: "s"))
    batcher.close()
    await #expect(throws: ProducerError(.closed, "")) {
      _ = try await batcher.add(Event(topic: "t", id: "2", source: "s"))
    }
    let outcome = await promise.settled.value()
    #expect(try outcome?.get().unique == 1)
    try await producer.close()
  }

  @Test(arguments: [true, false])
  func tellsWhetherTheSpoolKeepsABatch(hasSpool: Bool) async throws {
    try await withDirectory { directory in
      var manners = Manners()
      manners.holdsCommits = true
      let server = try ModelServer(manners)
      let producer = try await server.producer {
        if hasSpool { $0.spool = Producer.Spool(directory: directory) }
      }
      let receipt = try await producer.publish("a")
      #expect(!receipt.isLeftInSpool)
      await #expect(throws: ProducerError(.unsettledAtClose, "")) {
        try await producer.close(deadline: .zero)
      }
      #expect(receipt.isLeftInSpool == hasSpool)
    }
  }

  @Test func closesWhileItIsReconnecting() async throws {
    let server = try ModelServer()
    let producer = try await server.producer()
    await server.close()
    try await producer.close()
  }

  @Test func givesUpEverythingWhenItIsReleased() async throws {
    var manners = Manners()
    manners.holdsCommits = true
    let server = try ModelServer(manners)
    let receipt = try await publishAndDrop(server)
    await #expect(throws: ProducerError(.closed, "")) { try await receipt.committed() }
    await server.waits { $0.openConnections == 0 }
  }

  private func publishAndDrop(_ server: ModelServer) async throws -> Receipt {
    let producer = try await server.producer()
    let receipt = try await producer.publish("a")
    try await receipt.accepted()
    return receipt
  }
}
