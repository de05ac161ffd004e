import ModelServer
import Testing
import WireProtocol

@testable import ClientLib

@Suite(.timeLimit(.minutes(2))) struct ClosingHandshakeTests {
  @Test func movesToAnotherServerAtOnceAndReadsTheOldOneToItsEnd() async throws {
    let (one, other) = (try ModelServer(), try ModelServer())
    let notices = Notices()
    let producer = try await connected(to: [one, other]) { $0.onNotice = notices.collect }
    await one.with { $0.behave { $0.holdsCommits = true } }
    let early = try await producer.publish("early")
    try await early.accepted()

    await other.with { $0.behave { $0.holdsCommits = true } }
    await one.with { $0.goAwayAll() }
    _ = await notices.first(.moving)
    let late = try await producer.publish("late")
    try await late.accepted()
    #expect(await other.with(\.published) == [1, 2])

    // The old server commits its accepted batches, and its answer counts.
    await one.with { $0.behave { $0.holdsCommits = false } }
    #expect(try await early.committed().unique == 1)
    await one.waits { $0.openConnections == 0 }
    await other.with { $0.behave { $0.holdsCommits = false } }
    #expect(try await late.committed().unique == 1)
    #expect(await other.with(\.connections) == 1)
    try await producer.close()
  }

  @Test func closesAConnectionThatIsNotEndedInTime() async throws {
    var manners = Manners()
    manners.holdsCommits = true
    manners.closeTimeout = .zero
    let (one, other) = (try ModelServer(manners), try ModelServer())
    let producer = try await connected(to: [one, other])
    let receipt = try await producer.publish("a")
    try await receipt.accepted()
    await one.with { $0.goAwayAll() }
    #expect(try await receipt.committed().unique == 1)
    await one.waits { $0.openConnections == 0 }
    try await producer.close()
  }

  @Test func closesEveryConnectionWhenItIsGivenUp() async throws {
    var manners = Manners()
    manners.holdsCommits = true
    let (one, other) = (try ModelServer(manners), try ModelServer(manners))
    let producer = try await connected(to: [one, other])
    try await producer.publish("a").accepted()
    await one.with { $0.goAwayAll() }
    await other.waits { $0.published == [1] }
    await #expect(throws: ProducerError(.unsettledAtClose, "")) { try await producer.close(deadline: .zero) }
    await one.waits { $0.openConnections == 0 }
    await other.waits { $0.openConnections == 0 }
  }

  @Test func ignoresAnswersToAnEarlierIdentity() async throws {
    let identity = Producer.Identity.random()
    var manners = Manners()
    manners.holdsCommits = true
    let (one, other) = (try ModelServer(), try ModelServer(manners))
    // The other server knows the identity and answers PRODUCER_STALE.
    try other.ledger.withLedger { ledger throws(WireError) in
      _ = try ledger.register(identity.id, base: 1, span: 1)
      ledger.prune(identity.id, below: 10)
    }
    let producer = try await connected(to: [one, other]) { $0.identity = identity }
    try await producer.publish("first").committed()
    await one.with { $0.behave { $0.holdsCommits = true } }
    let second = try await producer.publish("second")
    try await second.accepted()
    await one.with { $0.goAwayAll() }
    await other.waits { $0.published == [1] }
    let third = try await producer.publish("third")
    await other.waits { $0.published == [1, 2] }

    // There sequence 2 is the second batch, here it is the third.
    await one.with { $0.behave { $0.holdsCommits = false } }
    await one.waits { $0.openConnections == 0 }
    #expect(producer.statistics.committed == 1)
    await other.with { $0.behave { $0.holdsCommits = false } }
    for receipt in [second, third] { #expect(try await receipt.committed().unique == 1) }
    try await producer.close()
  }

  @Test func reconnectsToItsOnlyServer() async throws {
    let server = try ModelServer()
    let producer = try await server.producer()
    try await producer.publish("a").committed()
    await server.with { $0.goAwayAll() }
    #expect(try await producer.publish("b").committed().unique == 1)
    #expect(producer.statistics.reconnects == 1)
    try await producer.close()
  }

  @Test func ignoresRefusalsOnAnOlderConnection() async throws {
    var manners = Manners()
    manners.holdsCommits = true
    let (one, other) = (try ModelServer(manners), try ModelServer(manners))
    let producer = try await connected(to: [one, other])
    let receipt = try await producer.publish("a")
    try await receipt.accepted()
    await one.with { $0.goAwayAll() }
    await other.waits { $0.published == [1] }

    await one.with { state in
      state.behave { manners in
        manners.batchRefusal = { _ in WireError(.topicNotAllowed, "not here") }
        manners.holdsCommits = false
      }
    }
    // Its connection ends after the refusal.
    await one.waits { $0.openConnections == 0 }
    #expect(producer.statistics.refused == 0)
    await other.with { $0.behave { $0.holdsCommits = false } }
    #expect(try await receipt.committed().unique == 1)
    try await producer.close()
  }

  /// The server that sent GOAWAY keeps its connection for a minute, but the producer waits two seconds.
  @Test(.timeLimit(.minutes(1))) func doesNotWaitForOlderConnectionsWhenItIsClosed() async throws {
    var manners = Manners()
    manners.holdsCommits = true
    manners.closeTimeout = .seconds(3_600)
    let (one, other) = (try ModelServer(manners), try ModelServer())
    let producer = try await connected(to: [one, other])
    let receipt = try await producer.publish("a")
    try await receipt.accepted()
    await one.with { $0.goAwayAll() }
    #expect(try await receipt.committed().unique == 1)
    #expect(await one.with(\.openConnections) == 1)
    try await producer.close()
    await one.waits { $0.openConnections == 0 }
  }
}
