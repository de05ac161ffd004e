import ModelServer
import Testing
import WireProtocol

@testable import ClientLib

@Suite(.timeLimit(.minutes(2))) struct ReconnectingTests {
  @Test func storesEverythingOnceAlthoughConnectionsAreCutBeforeTheyAnswer() async throws {
    var manners = Manners()
    manners.cutsAfter = 3
    let server = try ModelServer(manners)
    let producer = try await server.producer()
    var receipts: [Receipt] = []
    for number in 0..<40 { receipts.append(try await producer.publish("batch\(number)", events: 5)) }
    var received = 0
    for receipt in receipts { received += try await receipt.committed().received }
    #expect(received == 200)
    #expect(server.stored == (200, 200, 0))
    #expect(producer.statistics.reconnects >= 13)
    await server.with { $0.behave { $0.cutsAfter = nil } }
    try await producer.close()
  }

  @Test func sendsBatchesAgainThatTheServerLost() async throws {
    var manners = Manners()
    manners.holdsCommits = true
    let server = try ModelServer(manners)
    let producer = try await server.producer()
    let receipts = [try await producer.publish("a"), try await producer.publish("b")]
    for receipt in receipts { try await receipt.accepted() }
    await server.with { state in
      state.cutAll()
      state.behave { $0.holdsCommits = false }
    }
    for receipt in receipts { #expect(try await receipt.committed().unique == 1) }
    #expect(server.stored.received == 2)
    #expect(producer.statistics.resent == 2)
    try await producer.close()
  }

  @Test func continuesOnAnotherServerOfTheDatabase() async throws {
    let ledger = SharedLedger()
    let (one, other) = (try ModelServer(ledger: ledger), try ModelServer(ledger: ledger))
    let notices = Notices()
    let producer = try await connected(to: [one, other]) { $0.onNotice = notices.collect }
    try await producer.publish("a").committed()
    await one.close()
    #expect(try await producer.publish("b").committed().unique == 1)
    #expect(await other.with(\.published) == [2])
    #expect(notices.kinds.contains(.disconnected))
    try await producer.close()
  }

  @Test func givesUpWhenANewerConnectionHasItsIdentity() async throws {
    let server = try ModelServer()
    let identity = Producer.Identity.random()
    let older = try await server.producer { $0.identity = identity }
    await server.with { $0.behave { $0.holdsCommits = true } }
    let receipt = try await older.publish("a")
    try await receipt.accepted()
    let newer = try await server.producer { $0.identity = identity }
    await #expect(throws: ProducerError(.superseded, "")) { try await receipt.committed() }
    await #expect(throws: ProducerError(.superseded, "")) { try await older.publish("b") }
    let error = await #expect(throws: ProducerError.self) { try await older.close() }
    #expect(error?.code == .superseded)
    #expect(error?.unsettled == [UnsettledBatch(sequence: 1, events: 1, wasAccepted: true)])
    #expect(await server.with(\.connections) == 2)
    try await newer.close()
  }

  /// Progress that shows that a connection is useful.
  enum Progress: CaseIterable {
    case accepted, committed, toldByWelcome
  }

  /// Without progress the pauses would double each time, to hours.
  @Test(arguments: Progress.allCases) func pausesShortlyAfterProgress(_ progress: Progress) async throws {
    var manners = Manners()
    manners.holdsCommits = progress == .accepted
    manners.acceptsSilently = progress == .committed
    manners.cutsAfter = progress == .toldByWelcome ? 1 : nil
    let server = try ModelServer(manners)
    let producer = try await server.producer { configuration in
      configuration.shortestPause = .milliseconds(1)
      configuration.longestPause = .seconds(36_000)
    }
    for number in 0..<25 {
      let receipt = try await producer.publish("batch\(number)")
      if progress == .accepted {
        try await receipt.accepted()
      } else {
        try await receipt.committed()
      }
      if progress != .toldByWelcome { await server.with { $0.cutAll() } }
    }
    #expect(producer.statistics.reconnects >= 24)
    await server.with { state in
      state.behave { manners in
        manners.cutsAfter = nil
        manners.holdsCommits = false
      }
    }
    try await producer.close()
  }

  @Test func waitsAsLongAsARefusalAsks() async throws {
    let server = try ModelServer()
    let producer = try await server.producer()
    await server.with { $0.behave { $0.refusal = WireError(.storeUnavailable, "away") } }
    await server.with { $0.cutAll() }
    let receipt = try await producer.publish("a")
    await server.waits { $0.connections >= 4 }
    await server.with { $0.behave { $0.refusal = nil } }
    #expect(try await receipt.committed().unique == 1)
    try await producer.close()
  }

  @Test func reportsAnotherDatabase() async throws {
    let server = try ModelServer()
    let notices = Notices()
    let producer = try await server.producer { $0.onNotice = notices.collect }
    try await producer.publish("a").committed()
    server.ledger.withLedger { ledger in
      ledger = Ledger()
      ledger.lineage = .other
    }
    await server.with { $0.cutAll() }
    let notice = await notices.first(.lineageLoss)
    #expect(notice?.message.contains("LINEAGE_LOSS") == true)
    #expect(try await producer.publish("b").committed().unique == 1)
    try await producer.close()
  }

  /// The base is above everything that was committed, and the session above the one of the older state.
  @Test func reportsAnEarlierStateOfTheDatabaseWithoutUnsettledBatches() async throws {
    let server = try ModelServer()
    let notices = Notices()
    let producer = try await server.producer { $0.onNotice = notices.collect }
    try await producer.publish("kept").committed()
    let backup = server.ledger.withLedger { $0 }
    try await producer.publish("gone").committed()
    server.ledger.withLedger { ledger in
      ledger = backup
      _ = try? ledger.register(.first, base: 1, span: 1)
    }
    await server.with { $0.cutAll() }
    #expect(await notices.first(.lineageLoss) != nil)
    #expect(try await producer.publish("later").committed().unique == 1)
    try await producer.close()
  }

  /// Fault 27: the database is restored from an older backup while some batches are committed and some are
  /// not.
  @Test(arguments: [Lineage.one, .other]) func sendsUnsettledBatchesAgainToARestoredDatabase(
    _ lineage: Lineage
  ) async throws {
    let server = try ModelServer()
    let backup = server.ledger.withLedger { $0 }
    let notices = Notices()
    let producer = try await server.producer { $0.onNotice = notices.collect }
    try await producer.publish("gone").committed()
    await server.with { $0.behave { $0.holdsCommits = true } }
    let receipts = [try await producer.publish("a"), try await producer.publish("b")]
    for receipt in receipts { try await receipt.accepted() }
    server.ledger.withLedger { ledger in
      ledger = backup
      ledger.lineage = lineage
    }
    await server.with { state in
      state.cutAll()
      state.behave { $0.holdsCommits = false }
    }
    for receipt in receipts { #expect(try await receipt.committed().unique == 1) }
    #expect(await notices.first(.lineageLoss) != nil)
    // Earlier commits are gone, and the producer has reported that.
    #expect(server.stored.keys == 2)
    #expect(notices.kinds.filter { $0 == .lineageLoss }.count == 1)
    try await producer.close()
  }
}
