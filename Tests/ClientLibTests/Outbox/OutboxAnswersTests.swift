import Testing
import WireProtocol

@testable import ClientLib

@Suite struct OutboxAnswersTests {
  @Test func keepsABatchUntilItIsCommitted() {
    var outbox = Outbox.sample()
    let promise = outbox.add("a")
    _ = outbox.sendAll()
    #expect(outbox.accepted([1]).map(ObjectIdentifier.init) == [ObjectIdentifier(promise)])
    #expect(outbox.unsettled == [UnsettledBatch(sequence: 1, events: 1, wasAccepted: true)])
    let settlements = outbox.commit([1])
    #expect(settlements.count == 1)
    #expect(settlements.first?.promise === promise)
    #expect(outbox.isEmpty)
    #expect(outbox.heldBytes == 0)
  }

  @Test func passesTheServersCountsOn() {
    var outbox = Outbox.sample()
    outbox.add(.sample("a", events: 6), BatchPromise())
    _ = outbox.sendAll()
    let counts = BatchCounts(unique: 3, duplicate: 2, dead: 1)
    let settlements = outbox.committed(
      [CommittedBatch(sequence: 1, counts: counts, isReplay: true)], lineage: .one)
    #expect(settlements.map(\.outcome) == [.success(Counts(counts, received: 6, isReplay: true))])
  }

  @Test func knowsHowManyEventsItSentEvenIfTheServerDoesNot() throws {
    var outbox = Outbox.sample()
    outbox.add(.sample("a", events: 6), BatchPromise())
    _ = outbox.sendAll()
    let settlements = outbox.committed(
      [CommittedBatch(sequence: 1, counts: nil, isReplay: true)], lineage: .one)
    let counts = try #require(settlements.first).outcome.get()
    #expect(counts.received == 6)
    #expect(counts.unique == nil)
  }

  @Test func ignoresAnswersForRemovedBatches() {
    var outbox = Outbox.sample()
    outbox.add("a")
    _ = outbox.sendAll()
    #expect(outbox.commit([1]).count == 1)
    #expect(outbox.commit([1, 2]).isEmpty)
    #expect(outbox.accepted([1, 2]).isEmpty)
    guard case .settled(nil) = outbox.refused(1, .refusal(.batchTooLarge, of: 1), now: start) else {
      Issue.record("a settled batch was refused")
      return
    }
  }

  @Test func givesUpARefusedBatchAndItsSequence() {
    var outbox = Outbox.sample()
    let promise = outbox.add("a")
    _ = outbox.sendAll()
    guard case .settled(let settlement) = outbox.refused(1, .refusal(.topicNotAllowed, of: 1), now: start)
    else {
      Issue.record("the refusal was not final")
      return
    }
    #expect(settlement?.promise === promise)
    #expect(settlement?.outcome == .failure(ProducerError(.topicNotAllowed, "")))
    outbox.add("b")
    #expect(outbox.sendAll() == [2])
    #expect(outbox.base == 2)
  }

  @Test func sendsADeferredBatchAgainWhenItIsDue() {
    var outbox = Outbox.sample()
    for name in ["a", "b"] { outbox.add(name) }
    #expect(outbox.sendAll() == [1, 2])
    guard
      case .deferred = outbox.refused(
        1, .refusal(.storeUnavailable, of: 1, delay: .seconds(2)), now: start)
    else {
      Issue.record("the batch was not put off")
      return
    }
    #expect(outbox.sendAll(now: start + .milliseconds(1_999)) == [])
    #expect(outbox.sendAll(now: start + .seconds(2)) == [1])
    #expect(outbox.sendAll(now: start + .seconds(9)) == [])
  }

  @Test func defersABatchOverConnections() {
    var outbox = Outbox.sample()
    for name in ["a", "b", "c"] { outbox.add(name) }
    #expect(outbox.sendAll() == [1, 2, 3])
    _ = outbox.refused(2, .refusal(.storeUnavailable, of: 2, delay: .seconds(2)), now: start)
    _ = outbox.resume(.sample(), helloBase: 1)
    #expect(outbox.sendAll(now: start + .seconds(1)) == [1, 3])
    #expect(outbox.sendAll(now: start + .seconds(2)) == [2])
    #expect(outbox.sendAll(now: start + .seconds(3)) == [])
  }

  @Test func asksForANewConnectionOrIdentity() {
    var outbox = Outbox.sample()
    outbox.add("a")
    _ = outbox.sendAll()
    guard case .needsNewConnection = outbox.refused(1, .refusal(.draining, of: 1), now: start) else {
      Issue.record("a refusal of class 1 does not ask for a new connection")
      return
    }
    guard case .needsNewIdentity = outbox.refused(1, .refusal(.sequenceReused, of: 1), now: start) else {
      Issue.record("SEQUENCE_REUSED does not ask for a new identity")
      return
    }
    #expect(!outbox.isEmpty)
  }
}
