import Testing

@testable import ClientLib

@Suite struct SharedOutboxTests {
  private let outbox = SharedOutbox(producer: .first, capacity: Outbox.Capacity(bytes: 1 << 20, batches: 1))

  private func offer(_ name: String, whenFull: Producer.Configuration.WhenFull = .wait) throws
    -> SharedOutbox.Admission
  {
    try outbox.offer(.sample(name), BatchPromise(), whenFull: whenFull)
  }

  private func settleFirst() {
    let settlements = outbox.withOutbox { outbox, _ in
      _ = outbox.resume(.sample(), helloBase: 1)
      _ = outbox.sendAll()
      return outbox.commit([outbox.base])
    }
    for settlement in settlements { settlement.tell() }
  }

  @Test func admitsWaitingBatchesInOrder() throws {
    guard case .taken = try offer("a"), case .waiting(let second) = try offer("b"),
      case .waiting(let third) = try offer("c")
    else {
      Issue.record("the outbox takes more than its bound")
      return
    }
    settleFirst()
    #expect(second.isFulfilled)
    #expect(!third.isFulfilled)
    settleFirst()
    #expect(third.isFulfilled)
    #expect(outbox.statistics.batches == 3)
  }

  @Test func keepsASmallBatchAfterALargeOneThatWaits() throws {
    let (small, large) = (EncodedBatch.sample("small"), EncodedBatch.sample("large", events: 5))
    let outbox = SharedOutbox(
      producer: .first, capacity: Outbox.Capacity(bytes: 2 * small.bytes.count, batches: 10))
    guard case .taken = try outbox.offer(small, BatchPromise(), whenFull: .wait),
      case .waiting = try outbox.offer(large, BatchPromise(), whenFull: .wait),
      case .waiting = try outbox.offer(small, BatchPromise(), whenFull: .wait)
    else {
      Issue.record("a batch took room that an earlier one waits for")
      return
    }
  }

  @Test func admitsAsManyAsThereIsRoomFor() throws {
    let outbox = SharedOutbox(producer: .first, capacity: Outbox.Capacity(bytes: 1 << 20, batches: 2))
    for name in ["a", "b"] { _ = try outbox.offer(.sample(name), BatchPromise(), whenFull: .wait) }
    let waiting = try ["c", "d", "e"].compactMap { name in
      let admission = try outbox.offer(.sample(name), BatchPromise(), whenFull: .wait)
      return if case .waiting(let admitted) = admission { admitted } else { nil }
    }
    outbox.withOutbox { outbox, _ in
      _ = outbox.resume(.sample(), helloBase: 1)
      _ = outbox.sendAll()
      _ = outbox.commit([1, 2])
    }
    #expect(waiting.map(\.isFulfilled) == [true, true, false])
  }

  @Test func failsWhenItIsFullAndConfiguredToFail() throws {
    _ = try offer("a", whenFull: .fail)
    #expect(throws: ProducerError(.outboxFull, "")) { try offer("b", whenFull: .fail) }
  }

  @Test func withdrawsOnlyWaitingBatches() throws {
    let (first, second) = (BatchPromise(), BatchPromise())
    _ = try outbox.offer(.sample("a"), first, whenFull: .wait)
    _ = try outbox.offer(.sample("b"), second, whenFull: .wait)
    #expect(!outbox.withdraw(first))
    #expect(outbox.withdraw(second))
    #expect(!outbox.withdraw(second))
    #expect(outbox.unsettledPromises.count == 1)
  }

  @Test func failsEverythingAtItsEndAndListsIt() async throws {
    let (first, second) = (BatchPromise(), BatchPromise())
    _ = try outbox.offer(.sample("a", events: 2), first, whenFull: .wait)
    guard case .waiting(let admitted) = try outbox.offer(.sample("b"), second, whenFull: .wait) else {
      Issue.record("the outbox takes more than its bound")
      return
    }
    let end = outbox.end(.closed)
    #expect(
      end.unsettled == [
        UnsettledBatch(sequence: 1, events: 2, wasAccepted: false),
        UnsettledBatch(sequence: nil, events: 1, wasAccepted: false),
      ])
    #expect(await first.settled.value() == .failure(.closed))
    #expect(await second.accepted.value()?.isFailure == true)
    #expect(await admitted.value()?.isFailure == true)
    #expect(outbox.unsettledPromises.isEmpty)
  }

  @Test func keepsItsFirstEnd() throws {
    outbox.end(ProducerError(.superseded, ""))
    #expect(outbox.end(.closed) == ProducerError(.superseded, ""))
    #expect(throws: ProducerError(.superseded, "")) { try offer("a") }
  }
}

extension Result {
  fileprivate var isFailure: Bool {
    if case .failure = self { true } else { false }
  }
}
