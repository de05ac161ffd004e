import Testing
import WireProtocol

@testable import ClientLib

@Suite struct OutboxSpoolTests {
  private func closed(_ records: [SpoolRecord] = []) -> Outbox {
    var disk = MemoryDisk()
    if !records.isEmpty { disk.files[1] = records.file }
    return Outbox(
      disk.recover(fresh: .first), capacity: Outbox.Capacity(bytes: 1 << 20, batches: 100), now: start,
      wallClock: Timestamp(microseconds: 0))
  }

  private func outbox() -> Outbox {
    var outbox = closed()
    _ = outbox.resume(.sample(), helloBase: 1)
    return outbox
  }

  private func write(_ outbox: inout Outbox) -> [BatchPromise] {
    guard let work = outbox.takeSpoolWork() else { return [] }
    return outbox.spooled(through: work.position)
  }

  @Test func sendsNothingThatIsNotInTheSpool() {
    var outbox = outbox()
    let promises = [outbox.add("a"), outbox.add("b")]
    #expect(outbox.sendAll().isEmpty)
    #expect(write(&outbox).map(ObjectIdentifier.init) == promises.map(ObjectIdentifier.init))
    outbox.add("c")
    #expect(outbox.sendAll() == [1, 2])
  }

  @Test func declaresNoBaseThatIsNotInTheSpool() {
    var outbox = outbox()
    for name in ["a", "b", "c"] { outbox.add(name) }
    _ = write(&outbox)
    _ = outbox.sendAll(credit: 2)
    _ = outbox.commit([1, 2])
    #expect(outbox.makeHello().base == 1)
    guard case .batch(let outgoing) = outbox.next(now: start, mayCarry: { _ in true }) else {
      Issue.record("nothing is sent")
      return
    }
    #expect(outgoing.header.base == 1)
    _ = write(&outbox)
    #expect(outbox.makeHello().base == 3)
  }

  @Test func sendsUnderANewIdentityOnceTheSpoolHasIt() {
    var outbox = outbox()
    for name in ["a", "b"] { outbox.add(name) }
    let work = outbox.takeSpoolWork()
    outbox.renew(as: .second)
    // The records written meanwhile have sequences of the old identity.
    if let work { #expect(outbox.spooled(through: work.position).isEmpty) }
    _ = outbox.resume(.sample(), helloBase: 1)
    #expect(outbox.sendAll().isEmpty)
    #expect(write(&outbox).count == 2)
    #expect(outbox.sendAll() == [1, 2])
  }

  @Test func sendsFoundBatchesEvenWhenWelcomeListsThem() {
    var outbox = closed([.state(.sample()), .batch(.sample(1)), .batch(.sample(2))])
    _ = outbox.resume(.sample(settled: [1, 2]), helloBase: 1)
    #expect(outbox.listed == [])
    #expect(outbox.sendAll() == [1, 2])
  }

  /// The last state in the spool is older than the commits, so the settled records must have them.
  @Test(arguments: [false, true]) func keepsTheHighestCommit(isNoted: Bool) {
    let records: [SpoolRecord] =
      isNoted
      ? [.state(.sample(next: 4, base: 4, highestCommitted: 3, lineage: .one))]
      : [
        .state(.sample(lineage: .one)), .batch(.sample(1)), .batch(.sample(2)), .batch(.sample(3)),
        .settled(epoch: 1, highestCommitted: 3, [1, 2, 3]),
      ]
    var known = closed(records)
    #expect(known.resume(.sample(base: 4, highest: 3), helloBase: 4).loss == nil)
    var lost = closed(records)
    #expect(lost.resume(.sample(base: 4, highest: 2), helloBase: 4).loss == .wentBack)
  }

  @Test func writesTheHighestCommitWithEachSettlement() {
    var outbox = outbox()
    for name in ["a", "b"] { outbox.add(name) }
    _ = write(&outbox)
    _ = outbox.sendAll()
    _ = outbox.commit([1, 2])
    let highestCommitted = (outbox.takeSpoolWork()?.commands ?? []).compactMap { command in
      if case .append(.settled(_, let highestCommitted, _)) = command {
        highestCommitted
      } else {
        nil as UInt64?
      }
    }
    #expect(highestCommitted.last == 2)
  }

  @Test func keepsTheDatabaseOfTheLastCommit() {
    var outbox = outbox()
    outbox.add("a")
    _ = write(&outbox)
    _ = outbox.commit([1], lineage: .other)
    outbox.add("b")
    var state = SpoolReplay()
    for command in outbox.takeSpoolWork()?.commands ?? [] {
      guard case .append(let record) = command else { continue }
      state.add(SpoolSegment([record].file.span.bytes), number: 1)
    }
    #expect(state.state?.lineage == .other)

    var next = closed([.state(.sample(lineage: .other)), .batch(.sample(2))])
    #expect(next.resume(.sample(), helloBase: 1).loss == .another(known: .other, found: .one))
    #expect(next.sendAll() == [2])
  }

  @Test func leavesEverythingInTheSpoolAtItsEnd() {
    var outbox = outbox()
    for name in ["a", "b"] { outbox.add(name) }
    var disk = MemoryDisk()
    let work = outbox.removeAll()
    for command in work?.commands ?? [] { disk.perform(command) }
    #expect(outbox.takeSpoolWork() == nil)
    #expect(disk.recover(fresh: .second).batches.count == 2)
  }
}
