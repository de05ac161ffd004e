import Testing
import WireProtocol

@testable import ClientLib

@Suite struct OutboxSendingTests {
  @Test func sendsInTheOrderOfTheSequencesOnce() {
    var outbox = Outbox.sample()
    for name in ["a", "b", "c"] { outbox.add(name) }
    #expect(outbox.sendAll() == [1, 2, 3])
    #expect(outbox.sendAll() == [])
    outbox.add("d")
    #expect(outbox.sendAll() == [4])
  }

  @Test func sendsNothingBeforeTheFirstWelcome() {
    var outbox = Outbox.sample(welcome: nil)
    outbox.add("a")
    #expect(outbox.sendAll() == [])
  }

  @Test func declaresTheLowestUnsettledSequenceAsBase() {
    var outbox = Outbox.sample()
    for name in ["a", "b", "c"] { outbox.add(name) }
    #expect(outbox.sendAll() == [1, 2, 3])
    _ = outbox.commit([1, 3])
    #expect(outbox.base == 2)
    outbox.add("d")
    guard case .batch(let outgoing) = outbox.next(now: start, mayCarry: { _ in true }) else {
      Issue.record("nothing to send")
      return
    }
    #expect(outgoing.header.sequence == 4)
    #expect(outgoing.header.base == 2)
  }

  @Test func staysWithinTheSpan() {
    var limits = ConnectionLimits.standard
    limits.span = 3
    var outbox = Outbox.sample(welcome: .sample(limits: limits))
    for name in ["a", "b", "c", "d", "e"] { outbox.add(name) }
    #expect(outbox.sendAll() == [1, 2, 3])
    _ = outbox.commit([2, 3])
    #expect(outbox.sendAll() == [])
    _ = outbox.commit([1])
    #expect(outbox.sendAll() == [4, 5])
  }

  @Test func waitsForCreditWithoutSkippingTheNextBatch() {
    var outbox = Outbox.sample()
    outbox.add(.sample("large", events: 10), BatchPromise())
    outbox.add("small")
    let small = EncodedBatch.sample("small").rawLength
    guard case .nothing = outbox.next(now: start, mayCarry: { $0 <= small }) else {
      Issue.record("a batch beyond the credit was sent, or one that is not its turn")
      return
    }
    #expect(outbox.sendAll() == [1, 2])
  }

  @Test func isFullAtItsNumberOfBatches() {
    var outbox = Outbox.sample(batches: 2)
    outbox.add("a")
    #expect(outbox.hasRoom(for: 1))
    outbox.add("b")
    #expect(!outbox.hasRoom(for: 1))
    _ = outbox.sendAll()
    _ = outbox.commit([1])
    #expect(outbox.hasRoom(for: 1))
  }

  @Test func isFullAtItsNumberOfBytesButTakesOneBatchOfAnySize() {
    let size = EncodedBatch.sample("a").bytes.count
    var outbox = Outbox.sample(bytes: size + 10)
    #expect(outbox.hasRoom(for: 1_000_000))
    outbox.add("a")
    #expect(outbox.hasRoom(for: 10))
    #expect(!outbox.hasRoom(for: 11))
    _ = outbox.remove(1)
    #expect(outbox.hasRoom(for: 1_000_000))
  }

  /// A batch exactly at one limit of a server, and one beyond it.
  @Test(arguments: [("events", 0), ("raw", 0), ("sent", 0), ("credit", 0)])
  func refusesItselfWhatNoCreditCouldCarry(_ limit: String, _: Int) {
    let encoded = EncodedBatch.sample("b", events: 4)
    for excess in [0, 1] {
      var limits = ConnectionLimits.standard
      var credit = Credit.standard
      switch limit {
      case "events": limits.batch.events = encoded.events - excess
      case "raw": limits.batch.rawBytes = encoded.rawLength - excess
      case "sent": limits.batch.bodyBytes = encoded.bytes.count - excess
      default: credit.bytes = UInt64(encoded.rawLength - excess)
      }
      var outbox = Outbox.sample(welcome: .sample(limits: limits, credit: credit))
      outbox.add(encoded, BatchPromise())
      switch outbox.next(now: start, mayCarry: { _ in true }) {
      case .batch: #expect(excess == 0)
      case .refused(let settlement):
        #expect(excess == 1)
        #expect(settlement.outcome == .failure(.tooLarge(0, "", limit: 0)))
        #expect(outbox.isEmpty)
      case .nothing: Issue.record("the batch is stuck")
      }
    }
  }
}
