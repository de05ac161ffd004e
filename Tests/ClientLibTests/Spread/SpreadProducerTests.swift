import ModelServer
import Testing
import WireProtocol

@testable import ClientLib

@Suite(.timeLimit(.minutes(2))) struct SpreadProducerTests {
  private let ledger = SharedLedger()

  private func server(port: UInt16 = 0, _ change: (inout Manners) -> Void = { _ in }) throws -> ModelServer {
    var manners = Manners()
    manners.notesKeys = true
    change(&manners)
    return try ModelServer(ledger: ledger, port: port, manners)
  }

  private func spread(
    over servers: [ModelServer], _ change: (inout Producer.Configuration) -> Void = { _ in }
  ) async throws -> Producer {
    try await connected(to: servers) { configuration in
      configuration.spread = .byKey
      change(&configuration)
    }
  }

  /// Publishes single events, a batch of the producer, and a batch of the user's own, with `name` in all
  /// keys.
  private func publishAll(_ name: String, _ producer: Producer) async throws -> [Receipt] {
    var receipts: [Receipt] = []
    for number in 0..<20 {
      receipts.append(try await producer.publish(Event(topic: "t", id: "\(name)-\(number)", source: "s")))
    }
    var own = EventBatch()
    for number in 0..<50 {
      #expect(try own.append(Event(topic: "t", id: "\(name)-\(number)", source: "s", payload: "{}")))
    }
    receipts.append(try await producer.publish(own))
    receipts.append(try await producer.publish(name, events: 50))
    return receipts
  }

  @Test func sendsEachKeyToOneServer() async throws {
    let servers = [try server(), try server(), try server()]
    // Each process may name the servers in an order of its own.
    let producers = [try await spread(over: servers), try await spread(over: servers.reversed())]
    var sums = (received: 0, unique: 0, duplicate: 0)
    for producer in producers {
      #expect(Set(producer.identities).count == 3)
      let receipts = try await publishAll("same", producer)
      try await producer.flush()
      for receipt in receipts.dropFirst(20) {
        let counts = try await receipt.committed()
        #expect(receipt.events == 50)
        #expect(receipt.parts.count == 3)
        sums = (
          sums.received + counts.received, sums.unique + (counts.unique ?? -1),
          sums.duplicate + (counts.duplicate ?? -1)
        )
      }
      try await producer.close()
    }
    #expect(sums.received == 200)
    #expect(sums.unique + sums.duplicate == 200)
    // Keys of topic "t" are published four times, and those of topic "a.b.c" twice.
    #expect(ledger.withLedger { [$0.keys.count, $0.received, $0.duplicates] } == [100, 240, 140])
    var arrived: [Set<[UInt8]>] = []
    for server in servers { arrived.append(await server.with(\.arrivedKeys)) }
    #expect(arrived.allSatisfy { $0.count > 10 })
    #expect(arrived.reduce(0) { $0 + $1.count } == 100, "a key went to two servers")
  }

  @Test func handsTheKeysOfAServerThatGoesToTheOthersAndGivesThemBack() async throws {
    let (one, other) = (try server(), try server())
    let (port, notices) = (one.port, Notices())
    let producer = try await spread(over: [one, other]) { $0.onNotice = notices.collect }
    for receipt in try await publishAll("before", producer) { try await receipt.committed() }
    await one.close()
    await one.with { $0.cutAll() }
    for receipt in try await publishAll("without", producer) { try await receipt.committed() }
    let keys = await other.with(\.arrivedKeys)
    #expect(keys.filter { String(decoding: $0, as: UTF8.self).contains("without") }.count == 100)

    let back = try server(port: port)
    await back.waits { $0.openConnections == 1 }
    var round = 0
    while await back.with(\.arrivedKeys).isEmpty {
      for receipt in try await publishAll("after\(round)", producer) { try await receipt.committed() }
      round += 1
    }
    #expect(notices.kinds.contains(.moving))
    try await producer.close()
    let (stored, received) = ledger.withLedger { ($0.keys.count, $0.received) }
    #expect(stored == (2 + round) * 100)
    #expect(received == (2 + round) * 120)
  }

  @Test func movesKeysAtOnceWhenAServerSaysThatItStops() async throws {
    let (one, other) = (try server(), try server())
    let producer = try await spread(over: [one, other])
    await one.with { $0.goAwayAll() }
    await other.waits { $0.openConnections == 2 }
    for receipt in try await publishAll("moved", producer) { try await receipt.committed() }
    #expect(await one.with(\.arrivedKeys).isEmpty)
    #expect(ledger.withLedger(\.received) == 120)
    try await producer.close()
  }

  @Test func sendsUnansweredBatchesAgainUnderTheirIdentity() async throws {
    let (one, other) = (try server { $0.cutsAfter = 1 }, try server())
    let producer = try await spread(over: [one, other])
    var received = 0
    for number in 0..<20 {
      received += try await producer.publish("batch\(number)", events: 10).committed().received
    }
    #expect(received == 200)
    #expect(ledger.withLedger { [$0.received, $0.duplicates, $0.producerCount] } == [200, 0, 2])
    await one.with { $0.behave { $0.cutsAfter = nil } }
    try await producer.close()
  }

  @Test func connectsWhileOneOfTheServersIsAway() async throws {
    let (away, other) = (try server(), try server())
    await away.close()
    let producer = try await spread(over: [away, other])
    for receipt in try await publishAll("a", producer) { try await receipt.committed() }
    #expect(await other.with(\.openConnections) == 2)
    try await producer.close()
  }

  @Test func tellsForEachServerWhatBecameOfABatch() async throws {
    let refused: @Sendable (UInt64) -> WireError? = { _ in WireError(.batchTooLarge, "too large") }
    let (one, other) = (try server(), try server { $0.batchRefusal = refused })
    let producer = try await spread(over: [one, other])
    let receipt = try await producer.publish("a", events: 100)
    await #expect(throws: ProducerError(.batchTooLarge, "")) { try await receipt.committed() }
    var (committed, failed) = (0, 0)
    for part in receipt.parts {
      do {
        committed += try await part.committed().received
      } catch {
        failed += part.events
      }
    }
    #expect(committed + failed == 100)
    #expect(committed == ledger.withLedger(\.received))
    #expect(failed > 0 && committed > 0)
    try await producer.close()
  }

  @Test func listsTheUnsettledBatchesOfAllServersAtItsClose() async throws {
    let servers = [try server { $0.holdsCommits = true }, try server { $0.holdsCommits = true }]
    let producer = try await spread(over: servers)
    let receipt = try await producer.publish("a", events: 100)
    try await receipt.accepted()
    let error = await #expect(throws: ProducerError.self) { try await producer.close(deadline: .zero) }
    #expect(error?.code == .unsettledAtClose)
    #expect(error?.unsettled.count == 2)
    #expect(error?.unsettled.reduce(0) { $0 + $1.events } == 100)
    await #expect(throws: ProducerError(.unsettledAtClose, "")) { try await receipt.committed() }
  }

  @Test func endsOnAllServersWhenOneOfThemEndsIt() async throws {
    let servers = [try server { $0.holdsCommits = true }, try server()]
    let producer = try await spread(over: servers)
    let receipt = try await producer.publish("a", events: 100)
    try await receipt.accepted()
    await servers[0].with { $0.failAll(WireError(.superseded, "another program")) }
    await #expect(throws: ProducerError(.superseded, "")) { try await receipt.committed() }
    await servers[1].waits { $0.openConnections == 0 }
    await #expect(throws: ProducerError(.superseded, "")) { try await producer.publish("b") }
    await #expect(throws: ProducerError(.superseded, "")) { try await producer.close() }
  }

  @Test func doesNotWaitForRoomOnAServerWithoutEventsOfTheBatch() async throws {
    let (full, other) = (try server { $0.holdsCommits = true }, try server())
    let producer = try await spread(over: [full, other]) { configuration in
      configuration.outboxBatches = 1
      configuration.whenFull = .fail
    }
    // The first server's outbox is full, so a batch for both is taken in part, and its receipt says so.
    try await producer.publish("a", events: 100).accepted()
    let receipt = try await producer.publish("b", events: 100)
    await #expect(throws: ProducerError(.outboxFull, "")) { try await receipt.committed() }
    var taken = 0
    for part in receipt.parts where (try? await part.committed()) != nil { taken += part.events }
    #expect(taken > 0 && taken < 100)
    await full.with { $0.behave { $0.holdsCommits = false } }
    try await producer.close()
    #expect(ledger.withLedger(\.received) == 100 + taken)
  }

  @Test func refusesMoreEndpointsThanItCanChooseFrom() async throws {
    let endpoints = (1...65).map { Endpoint(host: "127.0.0.1", port: $0) }
    var configuration = Producer.Configuration()
    configuration.spread = .byKey
    await #expect(throws: ProducerError(.invalidConfiguration, "")) {
      try await Producer.connect(to: endpoints, configuration: configuration, logger: silent)
    }
  }

  /// The producers after a crash have fewer servers, and more than one of them.
  @Test(arguments: [1, 2]) func sendsWhatASpoolHasForServersThatAreNoLongerNamed(_ left: Int) async throws {
    try await withDirectory { directory in
      let servers = try (0..<3).map { _ in try server { $0.holdsCommits = true } }
      let first = try await spread(over: servers) { $0.spool = Producer.Spool(directory: directory) }
      _ = try await first.publish("a", events: 100)
      let error = await #expect(throws: ProducerError.self) { try await first.close(deadline: .zero) }
      #expect(error?.unsettled.count == 3)
      for server in servers { await server.with { $0.behave { $0.holdsCommits = false } } }

      let second = try await connected(to: Array(servers.prefix(left))) { configuration in
        configuration.spread = left == 1 ? .none : .byKey
        configuration.spool = Producer.Spool(directory: directory)
      }
      #expect(second.statistics.recovered == 3)
      #expect(Set(second.identities) == Set(first.identities))
      try await second.flush()
      let counts = try await second.publish("b", events: 100).committed()
      #expect(counts.unique == 100)
      try await second.close()
      #expect(ledger.withLedger { [$0.keys.count, $0.received] } == [200, 200])
    }
  }
}
