import Testing
import WireProtocol

@testable import ClientLib

@Suite struct OutboxResumingTests {
  /// An outbox that sent five batches and received no answer.
  private func cutOff() -> Outbox {
    var outbox = Outbox.sample()
    for name in ["a", "b", "c", "d", "e"] { outbox.add(name) }
    #expect(outbox.sendAll() == [1, 2, 3, 4, 5])
    return outbox
  }

  @Test(
    arguments: [
      (0, [], [1, 2, 3, 4, 5]),
      (0, [1, 2, 3, 4, 5], [1, 2, 3, 4, 5]),
      (0, [2, 4], [1, 2, 3, 4, 5]),
      (2, [], [3, 4, 5]),
      (2, [1, 4], [3, 4, 5]),
    ] as [(UInt64, [UInt64], [UInt64])])
  func sendsEverythingAboveTheFloorAgain(floor: UInt64, settled: [UInt64], resent: [UInt64]) {
    var outbox = cutOff()
    let result = outbox.resume(.sample(floor: floor, settled: settled), helloBase: 1)
    #expect(result.settlements.count == 5 - resent.count)
    #expect(!result.isStale)
    #expect(outbox.sendAll() == resent)
    #expect(outbox.listed == settled.filter { $0 > floor })
  }

  @Test func learnsTheCountsOfAListedBatchByAReplay() throws {
    var outbox = cutOff()
    _ = outbox.resume(.sample(settled: [2]), helloBase: 1)
    _ = outbox.sendAll()
    let counts = BatchCounts(unique: 1, duplicate: 0, dead: 0)
    let settled = outbox.committed(
      [CommittedBatch(sequence: 2, counts: counts, isReplay: true)], lineage: .one)
    #expect(try settled.map { try $0.outcome.get() } == [Counts(counts, received: 1, isReplay: true)])
  }

  /// A server that fails after each commit must not hold up the producer for ever.
  @Test func settlesAListedBatchWhoseAnswersAreLostAgainAndAgain() throws {
    var outbox = cutOff()
    for session in 1...3 {
      #expect(
        outbox.resume(.sample(settled: [1], session: UInt64(session)), helloBase: 1).settlements.isEmpty)
      #expect(outbox.sendAll().first == 1)
    }
    let result = outbox.resume(.sample(settled: [1], session: 4), helloBase: 1)
    #expect(try result.settlements.map { try $0.outcome.get() } == [Counts(nil, received: 1, isReplay: true)])
    #expect(outbox.sendAll() == [2, 3, 4, 5])
  }

  /// A listed batch is committed, so it must never be reported as failed.
  @Test(arguments: ["refused", "dropped", "expired", "too large", "closed"])
  func neverReportsAListedBatchAsFailed(_ end: String) throws {
    var outbox = Outbox.sample()
    outbox.add(
      .sample("a", events: 1), BatchPromise(),
      expiry: Expiry(.seconds(1), now: start, wallClock: Timestamp(microseconds: 0)))
    #expect(outbox.sendAll() == [1])
    var limits = ConnectionLimits.standard
    if end == "too large" { limits.batch.events = 0 }
    _ = outbox.resume(.sample(settled: [1], limits: limits), helloBase: 1)
    let settlement: Settlement?
    switch end {
    case "refused":
      let report = ErrorFrame(WireError(.batchTooLarge, "too large"), sequence: 1)
      guard case .settled(let result) = outbox.refused(1, report, now: start) else { throw UnexpectedEnd() }
      settlement = result
    case "dropped": settlement = outbox.dropOldest(for: 1)
    case "expired": settlement = outbox.expire(1)
    case "too large":
      guard case .refused(let result) = outbox.next(now: start, mayCarry: { _ in true }) else {
        throw UnexpectedEnd()
      }
      settlement = result
    default: settlement = outbox.removeListed().first
    }
    #expect(try settlement?.outcome.get() == Counts(nil, received: 1, isReplay: true))
    #expect(outbox.isEmpty)
    // The database acknowledged this commit. A database that does not know the batch is in an earlier
    // state.
    #expect(outbox.history.highestCommitted == 1)
    #expect(outbox.history.lineage == .one)
  }

  private struct UnexpectedEnd: Error {}

  @Test func sendsAListedBatchAfterItsTimeToLive() throws {
    var outbox = Outbox.sample()
    outbox.add(
      .sample("a", events: 1), BatchPromise(),
      expiry: Expiry(.seconds(1), now: start, wallClock: Timestamp(microseconds: 0)))
    #expect(outbox.sendAll() == [1])
    _ = outbox.resume(.sample(settled: [1]), helloBase: 1)
    guard case .batch(let outgoing) = outbox.next(now: start + .seconds(2), mayCarry: { _ in true }) else {
      throw UnexpectedEnd()
    }
    #expect(outgoing.header.timeToLive == 0)
  }

  @Test func sendsTheSameColumnsAgain() {
    var outbox = Outbox.sample()
    let encoded = EncodedBatch.sample("a", events: 50, compressing: true)
    outbox.add(encoded, BatchPromise())
    _ = outbox.sendAll()
    _ = outbox.resume(.sample(features: []), helloBase: 1)
    guard case .batch(let outgoing) = outbox.next(now: start, mayCarry: { _ in true }) else {
      Issue.record("nothing is sent again")
      return
    }
    #expect(outgoing.wasSentBefore)
    #expect(outgoing.header.sequence == 1)
    #expect(outgoing.header.codec == .none)
    #expect(outgoing.columns == EncodedBatch.sampleColumns("a", events: 50))
  }

  @Test func readsTheBitmapFromTheBaseOfItsHello() {
    var outbox = cutOff()
    // HELLO declared base 1. Then an older connection reported 1 and 2 as committed.
    _ = outbox.commit([1, 2])
    _ = outbox.resume(.sample(base: 1, settled: [4]), helloBase: 1)
    #expect(outbox.listed == [4])
    #expect(outbox.sendAll() == [3, 4, 5])
  }

  @Test func ignoresListedSequencesThatItNeverSent() {
    var outbox = Outbox.sample()
    outbox.add("a")
    _ = outbox.resume(.sample(settled: [1]), helloBase: 1)
    #expect(outbox.listed == [])
    #expect(outbox.sendAll() == [1])
    // Only the digest shows whose batch it is.
    _ = outbox.resume(.sample(settled: [1], session: 2), helloBase: 1)
    #expect(outbox.listed == [])
    #expect(outbox.sendAll() == [1])
  }

  @Test func ignoresListedSequencesBeyondItsOwn() {
    var outbox = cutOff()
    _ = outbox.resume(.sample(settled: [1, 6]), helloBase: 1)
    #expect(outbox.listed == [])
    #expect(outbox.sendAll() == [1, 2, 3, 4, 5])
  }

  @Test func noticesThatAnotherProgramUsedItsSequences() {
    var outbox = Outbox.sample()
    #expect(outbox.resume(.sample(floor: 1), helloBase: 1).isStale)
    outbox.add("a")
    #expect(outbox.resume(.sample(floor: 1), helloBase: 1).isStale)
  }

  @Test(arguments: [(2, false), (3, true), (1, false)] as [(UInt64, Bool)])
  func sendsEverythingAgainOnceSessionsAreNotItsOwn(session: UInt64, mayBeAClones: Bool) {
    var outbox = cutOff()
    let result = outbox.resume(.sample(settled: [1, 2], session: session), helloBase: 1)
    #expect(!result.isStale)
    #expect(outbox.listed == (mayBeAClones ? [] : [1, 2]))
    // A clone's batches stay in the ledger.
    _ = outbox.resume(.sample(settled: [3], session: session + 1), helloBase: 1)
    #expect(outbox.listed == (mayBeAClones ? [] : [3]))
    #expect(outbox.sendAll() == [1, 2, 3, 4, 5])
  }

  @Test func comparesSessionsOfOneDatabaseAndIdentityOnly() {
    var outbox = cutOff()
    _ = outbox.resume(.sample(settled: [1], session: 99, lineage: .other), helloBase: 1)
    #expect(outbox.listed == [1])
    _ = outbox.resume(.sample(session: 101, lineage: .other), helloBase: 1)
    outbox.renew(as: .second)
    _ = outbox.sendAll()
    _ = outbox.resume(.sample(settled: [1], session: 999, lineage: .other), helloBase: 1)
    #expect(outbox.listed == [1])
  }

  @Test func isNotStaleWhenItSentTheBatchesBelowTheFloor() {
    var outbox = cutOff()
    let result = outbox.resume(.sample(floor: 5), helloBase: 1)
    #expect(result.settlements.count == 5)
    #expect(!result.isStale)
  }

  @Test func settlesBatchesBelowTheFloorWithUnknownCounts() throws {
    var outbox = cutOff()
    let result = outbox.resume(.sample(floor: 1), helloBase: 1)
    let counts = try #require(result.settlements.first).outcome.get()
    #expect(counts == Counts(nil, received: 1, isReplay: true))
  }

  @Test func reportsALostLineageOnceAfterCommits() {
    var outbox = cutOff()
    #expect(outbox.resume(.sample(lineage: .other), helloBase: 1).loss == nil)
    _ = outbox.sendAll()
    _ = outbox.commit([1], lineage: .other)
    let loss = outbox.resume(.sample(base: 2, lineage: .one), helloBase: 2).loss
    #expect(loss == .another(known: .other, found: .one))
    #expect(outbox.sendAll() == [2, 3, 4, 5])
    #expect(outbox.resume(.sample(base: 2, lineage: .one), helloBase: 2).loss == nil)
  }

  @Test(
    arguments: [
      // Session, listed sequences and floor of the next WELCOME, and whether it lacks commits.
      (2, [2, 4], 0, false), (2, [2, 4, 5], 0, false), (2, [], 4, false), (2, [4], 2, false),
      (2, [2], 0, true), (2, [], 0, true), (1, [2, 4], 0, true),
    ] as [(UInt64, [UInt64], UInt64, Bool)])
  func noticesThatTheDatabaseKnowsLessThanItTold(
    session: UInt64, settled: [UInt64], floor: UInt64, isLess: Bool
  ) {
    var outbox = cutOff()
    _ = outbox.commit([2, 4])
    _ = outbox.makeHello()
    let loss = outbox.resume(.sample(floor: floor, settled: settled, session: session), helloBase: 1).loss
    #expect(loss == (isLess ? .wentBack : nil))
    // The loss is reported once.
    guard isLess else { return }
    _ = outbox.makeHello()
    #expect(outbox.resume(.sample(floor: floor, session: session + 1), helloBase: 1).loss == nil)
  }

  @Test func doesNotExpectAWelcomeToListLaterCommits() {
    var outbox = cutOff()
    _ = outbox.makeHello()
    _ = outbox.commit([2])
    #expect(outbox.resume(.sample(session: 2), helloBase: 1).loss == nil)
    #expect(outbox.resume(.sample(highest: 0, session: 3), helloBase: 1).loss == nil)
  }

  /// Every commit is below the base, so no bitmap can show that it is gone.
  @Test(arguments: [(5, false), (6, false), (4, true), (0, true)] as [(UInt64, Bool)])
  func noticesThatTheDatabaseLostCommitsBelowTheBase(highest: UInt64, isLess: Bool) {
    var outbox = cutOff()
    _ = outbox.commit([1, 2, 3, 4, 5])
    outbox.add("f")
    _ = outbox.makeHello()
    let welcome = Welcome.sample(base: 6, highest: highest, session: 7)
    #expect(outbox.resume(welcome, helloBase: 6).loss == (isLess ? .wentBack : nil))
    #expect(outbox.sendAll() == [6])
    guard isLess else { return }
    // The loss is reported once, and later commits count again.
    _ = outbox.makeHello()
    #expect(outbox.resume(.sample(base: 6, highest: highest, session: 8), helloBase: 6).loss == nil)
    _ = outbox.sendAll()
    _ = outbox.commit([6])
    _ = outbox.makeHello()
    #expect(outbox.resume(.sample(base: 7, highest: 5, session: 9), helloBase: 7).loss == .wentBack)
  }

  @Test func doesNotExpectADatabaseToKnowABatchThatWasRefused() {
    var outbox = cutOff()
    _ = outbox.commit([1])
    for sequence in 2...5 as ClosedRange<UInt64> {
      let report = ErrorFrame(WireError(.batchTooLarge, "too large"), sequence: sequence)
      _ = outbox.refused(sequence, report, now: start)
    }
    _ = outbox.makeHello()
    #expect(outbox.base == 6)
    #expect(outbox.resume(.sample(base: 6, highest: 1, session: 2), helloBase: 6).loss == nil)
  }

  @Test func takesBatchesBelowTheFloorAsCommitted() {
    var outbox = cutOff()
    _ = outbox.resume(.sample(floor: 5, session: 2), helloBase: 1)
    _ = outbox.makeHello()
    #expect(outbox.resume(.sample(base: 6, highest: 4, session: 3), helloBase: 6).loss == .wentBack)
  }

  @Test func renumbersEverythingUnsettledUnderANewIdentity() {
    var outbox = cutOff()
    _ = outbox.commit([1, 3])
    let before = outbox.promises.map(ObjectIdentifier.init)
    outbox.renew(as: .second)
    #expect(outbox.producer == .second)
    #expect(outbox.base == 1)
    #expect(outbox.promises.map(ObjectIdentifier.init) == before)
    _ = outbox.resume(.sample(), helloBase: 1)
    #expect(outbox.sendAll() == [1, 2, 3])
    #expect(outbox.unsettled.count == 3)
  }

  @Test func countsNothingAsSentUnderANewIdentity() {
    var outbox = cutOff()
    outbox.renew(as: .second)
    _ = outbox.resume(.sample(settled: [1, 2]), helloBase: 1)
    #expect(outbox.listed == [])
    #expect(outbox.sendAll() == [1, 2, 3, 4, 5])
  }
}
