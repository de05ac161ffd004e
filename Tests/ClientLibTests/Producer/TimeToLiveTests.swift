import ModelServer
import Testing
import WireProtocol

@testable import ClientLib

@Suite(.timeLimit(.minutes(2))) struct TimeToLiveTests {
  @Test func givesUpABatchAfterItsTimeToLive() async throws {
    var manners = Manners()
    manners.credit = Credit(batches: 1, bytes: 1 << 20)
    manners.holdsCommits = true
    let server = try ModelServer(manners)
    let producer = try await server.producer { $0.timeToLive = .milliseconds(1) }
    var batch = producer.makeBatch()
    _ = try batch.append(
      topic: "t", eventID: "1", timestamp: Timestamp(microseconds: 0), source: "s", payload: nil)
    let patient = try await producer.publish(batch, timeToLive: .seconds(3_600))
    try await patient.accepted()
    // It is never sent, because it has no credit.
    let receipt = try await producer.publish("late")
    let error = await #expect(throws: ProducerError.self) { try await receipt.committed() }
    #expect(error?.code == .batchExpired)
    #expect(producer.statistics.expired == 1)
    #expect(producer.statistics.refused == 0)
    await server.with { $0.behave { $0.holdsCommits = false } }
    #expect(try await patient.committed().unique == 1)
    try await producer.close()
    #expect(await server.with(\.timesToLive).allSatisfy { (1...3_600_000).contains($0) })
  }

  @Test func sendsNoTimeToLiveByDefault() async throws {
    let server = try ModelServer()
    let producer = try await server.producer()
    try await producer.publish("a").committed()
    try await producer.close()
    #expect(await server.with(\.timesToLive) == [0])
  }

  @Test func reportsABatchThatTheServerRefusesAsExpired() async throws {
    var manners = Manners()
    manners.batchRefusal = { _ in WireError(.batchExpired, "too late") }
    let server = try ModelServer(manners)
    let producer = try await server.producer { $0.timeToLive = .seconds(3_600) }
    let receipt = try await producer.publish("a")
    let error = await #expect(throws: ProducerError.self) { try await receipt.committed() }
    #expect(error?.code == .batchExpired)
    #expect(error?.serverCode == Int(ErrorCode.batchExpired.wire))
    #expect(producer.statistics.expired == 1)
    try await producer.close()
  }

  @Test(arguments: [Duration.zero, .seconds(-1)]) func isAboveZero(_ duration: Duration) async throws {
    let server = try ModelServer()
    await #expect(throws: ProducerError(.invalidConfiguration, "")) {
      try await server.producer { $0.timeToLive = duration }
    }
    let producer = try await server.producer()
    await #expect(throws: ProducerError(.invalidConfiguration, "")) {
      var batch = producer.makeBatch()
      _ = try batch.append(Event(topic: "t", id: "1", source: "s"))
      _ = try await producer.publish(batch, timeToLive: duration)
    }
    try await producer.close()
  }
}
