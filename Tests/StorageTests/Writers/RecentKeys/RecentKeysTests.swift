import Testing

@testable import Storage

@Suite struct RecentKeysTests {
  private func keys(_ numbers: some Sequence<Int>) -> [KeyHash] {
    numbers.map { KeyHash(high: 1 << 63 | UInt64($0), low: UInt64($0) &* 0x9E37_79B9) }
  }

  /// Commits a group of these keys.
  private func commit(_ numbers: some Sequence<Int>, to memory: RecentKeys, purge: Int64 = 0) {
    let keys = keys(numbers)
    let screening = memory.begin(keys, writer: 0, awaitsOthers: true)
    _ = memory.confirms(screening, purge: purge)
    memory.end(screening, keys: keys, writer: 0, committed: purge)
  }

  /// What the memory says about these keys.
  private func verdicts(_ numbers: some Sequence<Int>, in memory: RecentKeys) -> [KeyScreening.Verdict] {
    let keys = keys(numbers)
    let screening = memory.begin(keys, writer: 9, awaitsOthers: true)
    memory.end(screening, keys: keys, writer: 9, committed: nil)
    return screening.verdicts
  }

  @Test func knowsWhatWasCommittedAndNothingElse() {
    let memory = RecentKeys(capacity: 100)
    commit(0..<10, to: memory)
    #expect(
      verdicts(5..<15, in: memory) == Array(repeating: .stored, count: 5) + Array(repeating: .send, count: 5))
  }

  @Test func knowsNothingOfAGroupThatFailed() {
    let memory = RecentKeys(capacity: 100)
    #expect(verdicts(0..<3, in: memory) == [.send, .send, .send])
    #expect(verdicts(0..<3, in: memory) == [.send, .send, .send])
  }

  @Test func findsEqualKeysOfOneGroup() {
    #expect(verdicts([1, 2, 1, 1], in: RecentKeys(capacity: 0)) == [.send, .send, .repeated, .repeated])
  }

  @Test(arguments: [1, 7, 64]) func neverForgetsTheLastKeysThatItPromises(_ capacity: Int) {
    let memory = RecentKeys(capacity: capacity)
    for number in 0..<capacity * 5 {
      commit([number], to: memory)
      let recent = max(0, number - capacity + 1)...number
      #expect(verdicts(recent, in: memory).allSatisfy { $0 == .stored })
    }
    #expect(verdicts(0..<capacity, in: memory).allSatisfy { $0 == .send })
  }

  @Test func forgetsEverythingOnAnotherPurgeGeneration() {
    let memory = RecentKeys(capacity: 100)
    commit(0..<3, to: memory, purge: 4)
    let screening = memory.begin(keys([1]), writer: 0, awaitsOthers: true)
    #expect(screening.verdicts == [.stored])
    #expect(!memory.confirms(screening, purge: 5))
    memory.end(screening, keys: keys([1]), writer: 0, committed: nil)
    #expect(verdicts(0..<3, in: memory) == [.send, .send, .send])
  }

  @Test func acceptsAnotherPurgeGenerationWhereNothingWasLeftOut() {
    let memory = RecentKeys(capacity: 100)
    commit(0..<3, to: memory, purge: 4)
    let screening = memory.begin(keys([7]), writer: 0, awaitsOthers: true)
    #expect(memory.confirms(screening, purge: 5))
  }

  @Test func aGroupThatBeganBeforeALossIsNeitherRememberedNorConfirmed() {
    let memory = RecentKeys(capacity: 100)
    commit([1], to: memory)
    let keys = keys([1, 2])
    let screening = memory.begin(keys, writer: 0, awaitsOthers: true)
    memory.drop()
    #expect(!memory.confirms(screening, purge: 0))
    memory.end(screening, keys: keys, writer: 0, committed: 0)
    #expect(verdicts([1, 2], in: memory) == [.send, .send])
  }

  @Test func countsOnTheKeysOfAnotherWritersGroupAndHearsHowItEnds() {
    for committed in [true, false] {
      let memory = RecentKeys(capacity: 100)
      let first = memory.begin(keys([1, 2]), writer: 0, awaitsOthers: true)
      let second = memory.begin(keys([2, 3]), writer: 1, awaitsOthers: true)
      #expect(second.verdicts == [.awaited, .send])
      #expect(second.awaited.map { $0.isCommitted(within: .zero) } == [nil])
      #expect(first.awaited.isEmpty)
      _ = memory.confirms(first, purge: 0)
      memory.end(first, keys: keys([1, 2]), writer: 0, committed: committed ? 0 : nil)
      // Any number of others may ask.
      for _ in 0..<2 {
        #expect(second.awaited.map { $0.isCommitted(within: .seconds(60)) } == [committed])
      }
    }
  }

  @Test func whoDoesNotWaitSendsWhatOthersAreAboutToCommit() {
    let memory = RecentKeys(capacity: 100)
    _ = memory.begin(keys([1]), writer: 0, awaitsOthers: true)
    #expect(memory.begin(keys([1]), writer: 1, awaitsOthers: false).verdicts == [.send])
    #expect(memory.begin(keys([1]), writer: 2, awaitsOthers: true).awaited.count == 1)
  }

  @Test func aWriterDoesNotWaitForItself() {
    let memory = RecentKeys(capacity: 100)
    _ = memory.begin(keys([1]), writer: 0, awaitsOthers: true)
    #expect(memory.begin(keys([1]), writer: 0, awaitsOthers: true).verdicts == [.send])
  }
}
