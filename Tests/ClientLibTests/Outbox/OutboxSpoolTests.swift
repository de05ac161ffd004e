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

  private func write(_ outbox: inout Outbox) -> [Ticket] {
    guard let work = outbox.takeSpoolWork() else { return [] }
    return outbox.kept(work.mark)
  }

  @Test func sendsNothingThatIsNotInTheSpool() {
    var outbox = outbox()
    let tickets = [outbox.add("a"), outbox.add("b")]
    #expect(outbox.sendAll().isEmpty)
    #expect(write(&outbox).map(ObjectIdentifier.init) == tickets.map(ObjectIdentifier.init))
    outbox.add("c")
    #expect(outbox.sendAll() == [1, 2])
  }

  @Test func declaresNoBaseThatIsNotInTheSpool() {
    var outbox = outbox()
    for name in ["a", "b", "c"] { outbox.add(name) }
    _ = write(&outbox)
    _ = outbox.sendAll(credit: 2)
    _ = outbox.commit([1, 2])
    #expect(outbox.introduce().base == 1)
    guard case .batch(let shipment) = outbox.next(now: start, mayCarry: { _ in true }) else {
      Issue.record("nothing is sent")
      return
    }
    #expect(shipment.header.base == 1)
    _ = write(&outbox)
    #expect(outbox.introduce().base == 3)
  }

  @Test func sendsUnderANewIdentityOnceTheSpoolKnowsIt() {
    var outbox = outbox()
    for name in ["a", "b"] { outbox.add(name) }
    let work = outbox.takeSpoolWork()
    outbox.renew(as: .second)
    // What was written meanwhile is about the numbers of the old identity.
    if let work { #expect(outbox.kept(work.mark).isEmpty) }
    _ = outbox.resume(.sample(), helloBase: 1)
    #expect(outbox.sendAll().isEmpty)
    #expect(write(&outbox).count == 2)
    #expect(outbox.sendAll() == [1, 2])
  }

  @Test func sendsWhatItFoundWhateverWelcomeLists() {
    var outbox = closed([.state(.sample()), .batch(.sample(1)), .batch(.sample(2))])
    let resumption = outbox.resume(.sample(settled: [1, 2]), helloBase: 1)
    #expect(resumption.settlements.isEmpty)
    #expect(outbox.sendAll() == [1, 2])
  }

  @Test func remembersTheDatabaseThatToldOfCommits() {
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
    #expect(next.resume(.sample(), helloBase: 1).loss == .another(told: .other, found: .one))
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
