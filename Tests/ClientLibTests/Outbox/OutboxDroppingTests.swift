import Testing
import WireProtocol

@testable import ClientLib

@Suite struct OutboxDroppingTests {
  private func full(sent: Int) -> Outbox {
    var outbox = Outbox.sample(batches: 4)
    for name in ["a", "b", "c", "d"] { outbox.add(name) }
    _ = outbox.sendAll(credit: sent)
    return outbox
  }

  private func failure(_ settlement: Settlement?) -> ProducerError? {
    guard case .failure(let error)? = settlement?.outcome else { return nil }
    return error
  }

  @Test(arguments: [(0, 1), (1, 2), (3, 4), (4, 1)] as [(Int, UInt64)])
  func dropsTheOldestThatDoesNotWaitForAnAnswer(sent: Int, victim: UInt64) {
    var outbox = full(sent: sent)
    let error = failure(outbox.dropOldest(for: 1))
    #expect(error?.code == .dropped)
    #expect(error?.message.contains("batch \(victim) of 1 events") == true)
    #expect(error?.message.contains("may store it anyway") == (sent == 4))
    #expect(outbox.hasRoom(for: 1))
    #expect(!outbox.unsettled.map(\.sequence).contains(victim))
  }

  @Test func raisesTheBaseOverDroppedBatches() {
    var outbox = full(sent: 0)
    _ = outbox.dropOldest(for: 1)
    _ = outbox.dropOldest(for: 1)
    guard case .batch(let outgoing) = outbox.next(now: start, mayCarry: { _ in true }) else {
      Issue.record("nothing is sent")
      return
    }
    #expect(outgoing.header.sequence == 3)
    #expect(outgoing.header.base == 3)
  }

  @Test func keepsAGapUntilLowerBatchesAreSettled() {
    var outbox = full(sent: 2)
    _ = outbox.dropOldest(for: 1)
    #expect(outbox.base == 1)
    #expect(outbox.sendAll() == [4])
    _ = outbox.commit([1, 2])
    #expect(outbox.base == 4)
  }

  @Test func dropsInOrderWhileThereIsNoConnection() {
    var outbox = Outbox.sample(batches: 2, welcome: nil)
    outbox.add("a")
    outbox.add("b")
    #expect(failure(outbox.dropOldest(for: 1))?.message.contains("batch 1") == true)
    #expect(outbox.dropOldest(for: 1) != nil)
    #expect(outbox.dropOldest(for: 1) == nil)
  }

  @Test func ignoresTheAnswerToABatchThatItDropped() {
    var outbox = full(sent: 4)
    _ = outbox.dropOldest(for: 1)
    #expect(outbox.commit([1]).isEmpty)
    #expect(outbox.base == 2)
  }

  @Test func dropsAFileOfTheSpoolThatIsFull() {
    let recovery = SpoolRecovery(SpoolReplay(), segments: [], fresh: .first, capacity: 1 << 20)
    var outbox = Outbox(
      recovery, capacity: Outbox.Capacity(bytes: 1 << 30, batches: 1_000), now: start,
      wallClock: Timestamp(microseconds: 0))
    _ = outbox.resume(.sample(), helloBase: 1)
    while outbox.hasRoom(for: 10_000) {
      outbox.add(
        EncodedBatch(bytes: Array(repeating: 1, count: 10_000), codec: .none, rawLength: 10_000, events: 1),
        BatchPromise())
    }
    if let work = outbox.takeSpoolWork() { _ = outbox.spooled(through: work.position) }
    // The oldest batches wait for an answer, but they hold the file that must be deleted.
    #expect(outbox.sendAll(credit: 5) == [1, 2, 3, 4, 5])
    var dropped = 0
    while !outbox.hasRoom(for: 10_000), outbox.dropOldest(for: 10_000) != nil {
      _ = outbox.takeSpoolWork()
      dropped += 1
    }
    #expect(outbox.base == UInt64(dropped) + 1)
    #expect(dropped < 10)
  }
}

@Suite struct OutboxExpiryTests {
  private let expiry = Expiry(.seconds(5), now: start, wallClock: Timestamp(microseconds: 1_000_000))

  private func outbox() -> Outbox {
    var outbox = Outbox.sample()
    outbox.add(.sample("a"), BatchPromise(), expiry: expiry)
    outbox.add("b")
    return outbox
  }

  private func next(_ outbox: inout Outbox, after wait: Duration) -> Outbox.Next {
    outbox.next(now: start + wait, mayCarry: { _ in true })
  }

  @Test(arguments: [(0, 5_000), (1_500, 3_500), (4_999, 1)] as [(Int, UInt32)])
  func sendsTheRemainingTimeToLive(milliseconds: Int, left: UInt32) {
    var outbox = outbox()
    guard case .batch(let outgoing) = next(&outbox, after: .milliseconds(milliseconds)) else {
      Issue.record("nothing is sent")
      return
    }
    #expect(outgoing.header.timeToLive == left)
  }

  @Test func sendsAtLeastAMillisecondAndAtMostTheMaximum() {
    #expect(expiry.left(start + .seconds(5) - .nanoseconds(1)) == 1)
    #expect(expiry.left(start + .seconds(5)) == nil)
    let long = Expiry(.seconds(1 << 40), now: start, wallClock: Timestamp(microseconds: 0))
    #expect(long.left(start) == .max)
  }

  @Test func givesUpAnExpiredBatchInsteadOfSendingIt() {
    var outbox = outbox()
    guard case .refused(let settlement) = next(&outbox, after: .seconds(5)),
      case .failure(let error) = settlement.outcome
    else {
      Issue.record("an expired batch is sent")
      return
    }
    #expect(error.code == .batchExpired)
    #expect(error.message.contains("publish it again") == true)
    guard case .batch(let outgoing) = next(&outbox, after: .seconds(5)) else {
      Issue.record("the next one is not sent")
      return
    }
    #expect(outgoing.header.sequence == 2)
    #expect(outgoing.header.base == 2)
    #expect(outgoing.header.timeToLive == 0)
  }

  @Test func givesUpExpiredBatchesThatWereNotSent() {
    var waiting = outbox()
    #expect(waiting.dropExpired(start + .seconds(4)).isEmpty)
    #expect(waiting.dropExpired(start + .seconds(5)).count == 1)
    #expect(waiting.dropExpired(start + .seconds(6)).isEmpty)
    var sent = outbox()
    #expect(sent.sendAll() == [1, 2])
    #expect(sent.dropExpired(start + .seconds(9)).isEmpty)
  }

  @Test func asksTheServerFirstWhetherItHasWhatWasSent() {
    var outbox = outbox()
    #expect(outbox.sendAll() == [1, 2])
    _ = outbox.makeHello()
    _ = outbox.resume(.sample(settled: [1], session: 2), helloBase: 1)
    #expect(outbox.sendAll(now: start + .seconds(9)) == [1, 2])
  }

  @Test func expiresAtTheSameTimeInTheNextProcess() {
    #expect(expiry.milliseconds == 6_000)
    let next = Expiry(
      milliseconds: expiry.milliseconds, now: start, wallClock: Timestamp(microseconds: 4_000_000))
    #expect(next.left(start) == 2_000)
    let late = Expiry(milliseconds: 1, now: start, wallClock: Timestamp(microseconds: 4_000_000))
    #expect(late.left(start) == nil)
  }

  @Test func elapsesWhileNoProcessRuns() {
    var batch = SpooledBatch.sample(1)
    batch.expiry = 6_000
    var disk = MemoryDisk()
    disk.files[1] = [SpoolRecord.state(.sample()), .batch(batch), .batch(.sample(2))].file
    let recovery = disk.recover(fresh: .second)
    for (seconds, expired) in [(5, 0), (6, 1)] {
      var outbox = Outbox(
        recovery, capacity: Outbox.Capacity(bytes: 1, batches: 1), now: start,
        wallClock: Timestamp(microseconds: Int64(seconds) * 1_000_000))
      #expect(outbox.dropExpired(start).count == expired)
      _ = outbox.resume(.sample(), helloBase: 1)
      #expect(outbox.sendAll() == (expired == 0 ? [1, 2] : [2]))
    }
  }
}
