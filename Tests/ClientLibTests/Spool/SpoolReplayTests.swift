import Testing
import WireProtocol

@testable import ClientLib

@Suite struct SpoolReplayTests {
  private func replay(_ files: [SpoolRecord]...) -> SpoolReplay {
    var replay = SpoolReplay()
    for (index, records) in files.enumerated() {
      replay.add(SpoolSegment(records.file.span.bytes), number: UInt64(index) + 1)
    }
    return replay
  }

  private func numbers(_ replay: SpoolReplay) -> [UInt64] { replay.unsettled.map(\.batch.number.sequence) }

  @Test func findsUnsettledBatches() {
    let found = replay(
      [.state(.sample()), .batch(.sample(1)), .batch(.sample(2))],
      [.state(.sample(next: 3)), .batch(.sample(3)), .settled(epoch: 1, highestCommitted: 0, [1, 3])])
    #expect(numbers(found) == [2])
    #expect(found.unsettled.map(\.segment) == [1])
    #expect(found.state == .sample(next: 4))
    #expect(!found.needsNewIdentity)
  }

  @Test func takesTheNextSequenceFromAnyRecord() {
    #expect(replay([.state(.sample(next: 7, base: 7))]).state?.next == 7)
    #expect(replay([.state(.sample(next: 7)), .batch(.sample(9))]).state?.next == 10)
    #expect(replay([.state(.sample()), .batch(.sample(1))], [.state(.sample(next: 5))]).state?.next == 5)
  }

  @Test func takesTheHighestCommitFromTheLastRecord() {
    let begun = SpoolRecord.state(.sample(next: 4, highestCommitted: 1))
    #expect(replay([begun, .settled(epoch: 1, highestCommitted: 3, [3])]).state?.highestCommitted == 3)
    // After a lineage loss the highest sequence starts again at 0.
    #expect(
      replay([begun, .settled(epoch: 1, highestCommitted: 3, [3]), .state(.sample(next: 4))]).state?
        .highestCommitted == 0)
    #expect(replay([begun, .settled(epoch: 0, highestCommitted: 3, [3])]).state?.highestCommitted == 1)
  }

  @Test func settlesEverythingBelowTheBase() {
    let found = replay(
      [.state(.sample()), .batch(.sample(1)), .batch(.sample(2))], [.state(.sample(next: 3, base: 2))])
    #expect(numbers(found) == [2])
  }

  @Test func doesNotFindBatchesThatWereSettledUnderAnEarlierIdentity() {
    let found = replay([
      .state(.sample()), .batch(.sample(1)), .batch(.sample(2)), .state(.sample(next: 3, base: 2)),
      .state(.sample(.second, epoch: 2, next: 2, renumbered: [.sample(2)])),
    ])
    #expect(numbers(found) == [1])
    #expect(!found.needsNewIdentity)
  }

  @Test func renumbersBatchesUnderANewIdentity() {
    let renewal = SpoolRecord.state(
      .sample(.second, epoch: 2, next: 3, renumbered: [.sample(2), .sample(5)]))
    let files: [[SpoolRecord]] = [
      [
        .state(.sample()), .batch(.sample(1)), .batch(.sample(2)),
        .settled(epoch: 1, highestCommitted: 0, [1]),
      ],
      [.state(.sample(next: 5)), .batch(.sample(5)), renewal, .batch(.sample(3, epoch: 2))],
    ]
    let whole = replay(files[0], files[1])
    #expect(whole.unsettled.map(\.batch.bytes.first) == [2, 5, 3])
    #expect(whole.unsettled.map(\.batch.number) == (1...3).map { .sample($0, epoch: 2) })
    #expect(whole.state?.producer == .second)
    #expect(!whole.needsNewIdentity)
    // When 1 is settled the first file is deleted, and the other batches keep their sequences.
    let rest = replay(files[1] + [.settled(epoch: 2, highestCommitted: 0, [1])])
    #expect(rest.unsettled.map(\.batch.bytes.first) == [5, 3])
    #expect(numbers(rest) == [2, 3])
  }

  @Test func ignoresSettlementsOfAnotherEpoch() {
    let found = replay(
      [
        .state(.sample()), .batch(.sample(1)), .settled(epoch: 2, highestCommitted: 0, [1]),
        .settled(epoch: 0, highestCommitted: 0, [1]),
      ])
    #expect(numbers(found) == [1])
  }

  @Test func needsANewIdentityWhenItsStateIsMissing() {
    #expect(replay().needsNewIdentity)
    #expect(replay([.batch(.sample(1))]).needsNewIdentity)
    // The state that started epoch 2 is lost.
    let mixed = replay([.state(.sample()), .batch(.sample(1)), .batch(.sample(2, epoch: 2))])
    #expect(mixed.needsNewIdentity)
    #expect(mixed.unsettled.count == 2)
    #expect(mixed.lastEpoch == 2)
  }

  @Test func needsANewIdentityAfterDamage() {
    var file = [SpoolRecord.state(.sample()), .batch(.sample(1)), .batch(.sample(2))].file
    file[file.count - 30] ^= 1
    file += [SpoolRecord.batch(.sample(3))].file.dropFirst(SpoolSegment.preamble.count)
    var found = SpoolReplay()
    found.add(SpoolSegment(file.span.bytes), number: 4)
    #expect(found.needsNewIdentity)
    #expect(found.damages.map(\.segment) == [4])
    #expect(numbers(found) == [1, 3])
  }
}

@Suite struct SpoolRecoveryTests {
  private func recover(_ records: [SpoolRecord], fresh: ProducerID = .second) -> SpoolRecovery {
    var disk = MemoryDisk()
    disk.files[7] = records.file
    return disk.recover(fresh: fresh)
  }

  @Test func continuesTheEarlierIdentity() {
    let recovery = recover([.state(.sample(lineage: .one)), .batch(.sample(1)), .batch(.sample(2))])
    #expect(!recovery.isRenewed)
    #expect(recovery.state == .sample(next: 3, lineage: .one))
    #expect(recovery.batches.map(\.batch.number.sequence) == [1, 2])
  }

  @Test func startsWithANewIdentity() {
    var disk = MemoryDisk()
    let recovery = disk.recover(fresh: .second)
    #expect(!recovery.isRenewed)
    #expect(recovery.state == .sample(.second))
    #expect(recovery.batches.isEmpty)
  }

  @Test func renumbersWhenTheIdentityCannotBeKept() {
    let recovery = recover([.batch(.sample(3)), .batch(.sample(9, epoch: 5))])
    #expect(recovery.isRenewed)
    #expect(
      recovery.state
        == .sample(.second, epoch: 6, next: 3, renumbered: [.sample(3), .sample(9, epoch: 5)]))
    #expect(recovery.batches.map(\.batch.number) == [.sample(1, epoch: 6), .sample(2, epoch: 6)])
  }

  @Test(arguments: [1 << 40, UInt64(Int64.max) - 1]) func takesWideGapsForDamage(_ sequence: UInt64) {
    let recovery = recover([.state(.sample()), .batch(.sample(1)), .batch(.sample(sequence))])
    #expect(recovery.isRenewed)
    #expect(recovery.state.next == 3)
  }

  @Test(arguments: [3, 9, 1 << 40, UInt64(Int64.max)])
  func renumbersABatchThatIsNotBelowTheNextSequence(_ sequence: UInt64) {
    let recovery = recover([.batch(.sample(sequence)), .state(.sample(next: 3))])
    #expect(recovery.isRenewed)
    #expect(recovery.state == .sample(.second, epoch: 2, next: 2, renumbered: [.sample(sequence)]))
    #expect(recovery.batches.map(\.batch.number) == [.sample(1, epoch: 2)])
  }
}
