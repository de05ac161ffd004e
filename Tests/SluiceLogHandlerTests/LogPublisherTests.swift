import ClientLib
import Logging
import ModelServer
import Synchronization
import Testing
import WireProtocol

@testable import SluiceLogHandler

@Suite(.timeLimit(.minutes(2))) struct LogPublisherTests {
  private let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  /// Numbers that `onLoss` was called with.
  private final class Losses: Sendable {
    private let numbers = Mutex<[Int]>([])
    var sum: Int { numbers.withLock { $0.reduce(0, +) } }
    func add(_ number: Int) { numbers.withLock { $0.append(number) } }
  }

  private func publisher(
    _ losses: Losses = Losses(), _ change: (inout LogPublisher.Settings) -> Void = { _ in }
  ) -> LogPublisher {
    var settings = LogPublisher.Settings()
    settings.linger = .milliseconds(1)
    settings.onLoss = { losses.add($0) }
    change(&settings)
    return LogPublisher(settings)
  }

  private func logger(_ publisher: LogPublisher, _ label: String = "orders") -> Logger {
    Logger(label: label) { SluiceLogHandler(label: $0, publisher: publisher, level: .trace) }
  }

  private func producer(_ server: ModelServer) async throws -> Producer {
    try await Producer.connect(
      to: [Endpoint(host: "127.0.0.1", port: server.port)], logger: silent)
  }

  @Test func publishesEveryLineOfEveryTaskOnce() async throws {
    let server = try ModelServer()
    let logs = publisher()
    let logger = logger(logs)
    let producer = try await producer(server)
    logs.start(producer)
    await withTaskGroup(of: Void.self) { group in
      for task in 0..<4 {
        group.addTask {
          for number in 0..<500 { logger.info("line", metadata: ["task": "\(task)", "number": "\(number)"]) }
        }
      }
    }
    await logs.close()
    try await producer.close()
    #expect(logs.statistics == LogPublisher.Statistics(waiting: 0, published: 2_000, lost: 0))
    #expect(server.ledger.withLedger { $0.received } == 2_000)
    #expect(server.ledger.withLedger { $0.keys.count } == 2_000)
  }

  @Test func keepsTheFirstLinesUntilThereIsAProducer() async throws {
    let logs = publisher()
    let logger = logger(logs)
    for _ in 0..<10 { logger.info("early") }
    #expect(logs.statistics.waiting == 10)
    let server = try ModelServer()
    let producer = try await producer(server)
    logs.start(producer)
    await logs.close()
    try await producer.close()
    #expect(server.ledger.withLedger { $0.received } == 10)
  }

  @Test func tellsHowManyLinesTheFullQueueLost() async throws {
    let losses = Losses()
    let logs = publisher(losses) { $0.lines = 10 }
    let logger = logger(logs)
    for _ in 0..<25 { logger.info("line") }
    #expect(logs.statistics == LogPublisher.Statistics(waiting: 10, published: 0, lost: 15))
    let server = try ModelServer()
    await server.with { $0.behave { $0.notesKeys = true } }
    let producer = try await producer(server)
    logs.start(producer)
    await logs.close()
    try await producer.close()
    #expect(losses.sum == 15)
    #expect(logs.statistics == LogPublisher.Statistics(waiting: 0, published: 10, lost: 15))
    let topics = await server.with(\.arrivedKeys).map {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    #expect(topics.filter { $0 == "log.orders" }.count == 10)
    #expect(topics.filter { $0 == "log.lost" }.count == 1)
  }

  @Test func countsTheLinesOfBatchesThatTheServerRefuses() async throws {
    var manners = Manners()
    manners.batchRefusal = { _ in WireError(.batchExpired, "for the test") }
    let server = try ModelServer(manners)
    let losses = Losses()
    let logs = publisher(losses)
    let logger = logger(logs)
    let producer = try await producer(server)
    logs.start(producer)
    for _ in 0..<7 { logger.info("line") }
    await logs.close()
    try await producer.close()
    while losses.sum < 7 { await Task.yield() }
    #expect(logs.statistics == LogPublisher.Statistics(waiting: 0, published: 0, lost: 7))
  }

  @Test func countsLinesAfterTheEndAsLost() async throws {
    let losses = Losses()
    let logs = publisher(losses)
    let logger = logger(logs)
    logger.info("waits for nobody")
    await logs.close()
    logger.info("late")
    #expect(logs.statistics == LogPublisher.Statistics(waiting: 0, published: 0, lost: 2))
    #expect(losses.sum == 1)
  }

  @Test func closesAtItsDeadlineThoughTheOutboxHasNoRoom() async throws {
    var manners = Manners()
    manners.holdsCommits = true
    let server = try ModelServer(manners)
    var configuration = Producer.Configuration()
    configuration.outboxBatches = 1
    configuration.linger = .zero
    let producer = try await Producer.connect(
      to: [Endpoint(host: "127.0.0.1", port: server.port)], configuration: configuration, logger: silent)
    let receipt = try await producer.publish(Event(topic: "t", id: "1", source: "s"))
    try await receipt.accepted()
    let logs = publisher()
    let logger = logger(logs)
    logs.start(producer)
    logger.info("line")
    await logs.close(deadline: .milliseconds(20))
    #expect(logs.statistics == LogPublisher.Statistics(waiting: 0, published: 0, lost: 1))
    await #expect(throws: ProducerError.self) { try await producer.close(deadline: .zero) }
  }

  @Test func makesTopicsThatTheServerTakes() {
    let logs = publisher()
    #expect(logs.topic(of: "a.b") == "log.a.b")
    #expect(logs.topic(of: "a\0b") == "log.ab")
    #expect(logs.topic(of: String(repeating: "x", count: 300)).unicodeScalars.count == 255)
  }

  @Test func mergesMetadataWithTheMostSpecificFirst() {
    var handler = SluiceLogHandler(
      label: "l", publisher: publisher(),
      metadataProvider: Logger.MetadataProvider { ["a": "provider", "b": "provider"] })
    handler[metadataKey: "a"] = "logger"
    handler[metadataKey: "c"] = "logger"
    #expect(handler[metadataKey: "c"] == "logger")
    #expect(handler.merged(nil) == ["a": "provider", "b": "provider", "c": "logger"])
    #expect(handler.merged(["b": "line"]) == ["a": "provider", "b": "line", "c": "logger"])
  }
}
