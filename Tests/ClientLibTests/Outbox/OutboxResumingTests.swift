import Testing
import WireProtocol

@testable import ClientLib

@Suite struct OutboxResumingTests {
  /// An outbox that sent five batches and heard of none.
  private func cutOff() -> Outbox {
    var outbox = Outbox.sample()
    for name in ["a", "b", "c", "d", "e"] { outbox.add(name) }
    #expect(outbox.sendAll() == [1, 2, 3, 4, 5])
    return outbox
  }

  @Test(
    arguments: [
      (0, [], [1, 2, 3, 4, 5]),
      (0, [1, 2, 3, 4, 5], []),
      (0, [2, 4], [1, 3, 5]),
      (2, [], [3, 4, 5]),
      (2, [1, 4], [3, 5]),
    ] as [(UInt64, [UInt64], [UInt64])])
  func sendsAgainExactlyWhatIsNotSettled(floor: UInt64, settled: [UInt64], resent: [UInt64]) {
    var outbox = cutOff()
    let resumption = outbox.resume(.sample(floor: floor, settled: settled), helloBase: 1)
    #expect(resumption.settlements.count == 5 - resent.count)
    #expect(!resumption.isStale)
    #expect(outbox.sendAll() == resent)
  }

  @Test func sendsTheSameColumnsAgain() {
    var outbox = Outbox.sample()
    let parcel = Parcel.sample("a", events: 50, compressing: true)
    outbox.add(parcel, Ticket())
    _ = outbox.sendAll()
    _ = outbox.resume(.sample(features: []), helloBase: 1)
    guard case .batch(let shipment) = outbox.next(now: start, mayCarry: { _ in true }) else {
      Issue.record("nothing is sent again")
      return
    }
    #expect(shipment.wasSentBefore)
    #expect(shipment.header.sequence == 1)
    #expect(shipment.header.codec == .none)
    #expect(shipment.columns == Parcel.sampleColumns("a", events: 50))
  }

  @Test func readsTheBitmapFromTheBaseOfItsHello() {
    var outbox = cutOff()
    // HELLO said base 1; then an older connection told that 1 and 2 are committed.
    _ = outbox.commit([1, 2])
    _ = outbox.resume(.sample(base: 1, settled: [4]), helloBase: 1)
    #expect(outbox.sendAll() == [3, 5])
  }

  @Test func doesNotBelieveThatABatchIsSettledWhichItNeverSent() {
    var outbox = Outbox.sample()
    outbox.add("a")
    let resumption = outbox.resume(.sample(settled: [1]), helloBase: 1)
    #expect(resumption.settlements.isEmpty)
    #expect(outbox.sendAll() == [1])
    // Whose batch it is only its digest tells.
    #expect(outbox.resume(.sample(settled: [1], session: 2), helloBase: 1).settlements.isEmpty)
    #expect(outbox.sendAll() == [1])
  }

  @Test func doesNotBelieveWhatIsSettledBeyondItsOwnNumbers() {
    var outbox = cutOff()
    #expect(outbox.resume(.sample(settled: [1, 6]), helloBase: 1).settlements.isEmpty)
    #expect(outbox.sendAll() == [1, 2, 3, 4, 5])
  }

  @Test func noticesThatSomebodyElseUsedItsNumbers() {
    var outbox = Outbox.sample()
    #expect(outbox.resume(.sample(floor: 1), helloBase: 1).isStale)
    outbox.add("a")
    #expect(outbox.resume(.sample(floor: 1), helloBase: 1).isStale)
  }

  @Test(arguments: [(2, false), (3, true), (1, false)] as [(UInt64, Bool)])
  func sendsEverythingAgainOnceSessionsAreNotItsOwn(session: UInt64, mayBeATwins: Bool) {
    var outbox = cutOff()
    let resumption = outbox.resume(.sample(settled: [1, 2], session: session), helloBase: 1)
    #expect(!resumption.isStale)
    #expect(resumption.settlements.count == (mayBeATwins ? 0 : 2))
    // A twin's batches stay in the ledger.
    let base = outbox.base
    let next = outbox.resume(.sample(base: base, settled: [3], session: session + 1), helloBase: base)
    #expect(next.settlements.count == (mayBeATwins ? 0 : 1))
    #expect(outbox.sendAll() == (mayBeATwins ? [1, 2, 3, 4, 5] : [4, 5]))
  }

  @Test func countsSessionsAnewInAnotherDatabaseAndUnderAnotherIdentity() {
    var outbox = cutOff()
    #expect(
      outbox.resume(.sample(settled: [1], session: 99, lineage: .other), helloBase: 1).settlements.count == 1)
    _ = outbox.resume(.sample(session: 101, lineage: .other), helloBase: 1)
    outbox.renew(as: .second)
    _ = outbox.sendAll()
    let resumption = outbox.resume(.sample(settled: [1], session: 999, lineage: .other), helloBase: 1)
    #expect(resumption.settlements.count == 1)
  }

  @Test func isNotStaleWhenTheFloorCoversWhatItSent() {
    var outbox = cutOff()
    let resumption = outbox.resume(.sample(floor: 5), helloBase: 1)
    #expect(resumption.settlements.count == 5)
    #expect(!resumption.isStale)
  }

  @Test func tellsSettledBatchesWithUnknownCounts() throws {
    var outbox = cutOff()
    let resumption = outbox.resume(.sample(settled: [3]), helloBase: 1)
    let counts = try #require(resumption.settlements.first).outcome.get()
    #expect(counts == Counts(nil, received: 1, isReplay: true))
  }

  @Test func reportsALostLineageOnceWhenItWasToldOfCommits() {
    var outbox = cutOff()
    #expect(outbox.resume(.sample(lineage: .other), helloBase: 1).loss == nil)
    _ = outbox.sendAll()
    _ = outbox.commit([1], lineage: .other)
    let loss = outbox.resume(.sample(base: 2, lineage: .one), helloBase: 2).loss
    #expect(loss == .another(told: .other, found: .one))
    #expect(outbox.sendAll() == [2, 3, 4, 5])
    #expect(outbox.resume(.sample(base: 2, lineage: .one), helloBase: 2).loss == nil)
  }

  @Test(
    arguments: [
      // Session of the next WELCOME, what it lists, its floor, and whether that is less than was told.
      (2, [2, 4], 0, false), (2, [2, 4, 5], 0, false), (2, [], 4, false), (2, [4], 2, false),
      (2, [2], 0, true), (2, [], 0, true), (1, [2, 4], 0, true),
    ] as [(UInt64, [UInt64], UInt64, Bool)])
  func noticesThatTheDatabaseKnowsLessThanItTold(
    session: UInt64, settled: [UInt64], floor: UInt64, isLess: Bool
  ) {
    var outbox = cutOff()
    _ = outbox.commit([2, 4])
    _ = outbox.introduce()
    let loss = outbox.resume(.sample(floor: floor, settled: settled, session: session), helloBase: 1).loss
    #expect(loss == (isLess ? .wentBack : nil))
    // It is told once.
    guard isLess else { return }
    _ = outbox.introduce()
    #expect(outbox.resume(.sample(floor: floor, session: session + 1), helloBase: 1).loss == nil)
  }

  @Test func doesNotExpectAWelcomeToKnowWhatWasToldAfterTheHello() {
    var outbox = cutOff()
    _ = outbox.introduce()
    _ = outbox.commit([2])
    #expect(outbox.resume(.sample(session: 2), helloBase: 1).loss == nil)
  }

  @Test func renumbersEverythingUnsettledUnderANewIdentity() {
    var outbox = cutOff()
    _ = outbox.commit([1, 3])
    let before = outbox.tickets.map(ObjectIdentifier.init)
    outbox.renew(as: .second)
    #expect(outbox.producer == .second)
    #expect(outbox.base == 1)
    #expect(outbox.tickets.map(ObjectIdentifier.init) == before)
    _ = outbox.resume(.sample(), helloBase: 1)
    #expect(outbox.sendAll() == [1, 2, 3])
    #expect(outbox.unsettled.count == 3)
  }

  @Test func forgetsWhatTheOldIdentityHadSent() {
    var outbox = cutOff()
    outbox.renew(as: .second)
    let resumption = outbox.resume(.sample(settled: [1, 2]), helloBase: 1)
    #expect(resumption.settlements.isEmpty)
    #expect(outbox.sendAll() == [1, 2, 3, 4, 5])
  }
}
