import Ingest
import Testing

@testable import Storage

@Suite struct DedupCacheTests {
  private let one = StoreIncarnation(1)

  private func keys(_ numbers: some Sequence<Int>) -> [KeyHash] {
    numbers.map { KeyHash(high: 1 << 63 | UInt64($0), low: UInt64($0) &* 0x9E37_79B9) }
  }

  /// Commits a group of these keys.
  private func commit(_ numbers: some Sequence<Int>, to cache: DedupCache, purge: Int64 = 0) {
    let keys = keys(numbers)
    let lookup = cache.begin(keys, writer: 0, incarnation: one, awaitsOthers: true)
    _ = cache.confirms(lookup, purge: purge)
    cache.end(lookup, keys: keys, writer: 0, committed: purge)
  }

  /// Returns the decisions of the cache about these keys.
  private func decisions(_ numbers: some Sequence<Int>, in cache: DedupCache) -> [CacheLookup.Decision] {
    let keys = keys(numbers)
    let lookup = cache.begin(keys, writer: 9, incarnation: one, awaitsOthers: true)
    cache.end(lookup, keys: keys, writer: 9, committed: nil)
    return lookup.decisions
  }

  @Test func knowsNothingOfAnotherDatabase() {
    let cache = DedupCache(capacity: 100)
    commit([1, 2], to: cache)
    let two = StoreIncarnation(2)
    let first = cache.begin(keys([1, 2]), writer: 0, incarnation: two, awaitsOthers: true)
    #expect(first.decisions == [.send, .send])
    #expect(cache.confirms(first, purge: 0))
    cache.end(first, keys: keys([1, 2]), writer: 0, committed: 0)
    #expect(cache.begin(keys([1]), writer: 0, incarnation: two, awaitsOthers: true).decisions == [.stored])
  }

  /// An old primary still commits the groups of a connection that was not closed.
  @Test func neitherTellsNorBelievesAWriterOnAnOlderDatabase() {
    let cache = DedupCache(capacity: 100)
    let two = StoreIncarnation(2)
    let old = cache.begin(keys([1]), writer: 0, incarnation: one, awaitsOthers: true)
    let new = cache.begin(keys([1, 2]), writer: 1, incarnation: two, awaitsOthers: true)
    // Groups of the older database are not awaited.
    #expect(new.decisions == [.send, .send])
    cache.end(old, keys: keys([1]), writer: 0, committed: 0)
    #expect(old.pass.isCommitted(within: .zero) == true)
    let late = cache.begin(keys([2, 2]), writer: 0, incarnation: one, awaitsOthers: true)
    #expect(late.decisions == [.send, .repeated])
    #expect(cache.confirms(late, purge: 7))
    cache.end(late, keys: keys([2, 2]), writer: 0, committed: 7)
    let next = cache.begin(keys([1, 2]), writer: 2, incarnation: two, awaitsOthers: false)
    #expect(next.decisions == [.send, .send])
  }

  @Test func knowsWhatWasCommittedAndNothingElse() {
    let cache = DedupCache(capacity: 100)
    commit(0..<10, to: cache)
    #expect(
      decisions(5..<15, in: cache) == Array(repeating: .stored, count: 5) + Array(repeating: .send, count: 5)
    )
  }

  @Test func knowsNothingOfKeysThatMayHaveBeenDeletedMeanwhile() {
    let cache = DedupCache(capacity: 100)
    let all = keys(0..<4)
    let lookup = cache.begin(all, writer: 0, incarnation: one, awaitsOthers: true)
    #expect(cache.confirms(lookup, purge: 0))
    cache.end(lookup, keys: all, writer: 0, committed: 0, except: Set(all[1...2]))
    #expect(decisions(0..<4, in: cache) == [.stored, .send, .send, .stored])
    #expect(lookup.pass.isCommitted(within: .zero) == true)
  }

  @Test func knowsNothingOfAGroupThatFailed() {
    let cache = DedupCache(capacity: 100)
    #expect(decisions(0..<3, in: cache) == [.send, .send, .send])
    #expect(decisions(0..<3, in: cache) == [.send, .send, .send])
  }

  @Test func findsEqualKeysOfOneGroup() {
    #expect(decisions([1, 2, 1, 1], in: DedupCache(capacity: 0)) == [.send, .send, .repeated, .repeated])
  }

  @Test(arguments: [1, 7, 64]) func neverForgetsTheLastKeysThatItPromises(_ capacity: Int) {
    let cache = DedupCache(capacity: capacity)
    for number in 0..<capacity * 5 {
      commit([number], to: cache)
      let recent = max(0, number - capacity + 1)...number
      #expect(decisions(recent, in: cache).allSatisfy { $0 == .stored })
    }
    #expect(decisions(0..<capacity, in: cache).allSatisfy { $0 == .send })
  }

  @Test func forgetsEverythingOnAnotherPurgeGeneration() {
    let cache = DedupCache(capacity: 100)
    commit(0..<3, to: cache, purge: 4)
    let lookup = cache.begin(keys([1]), writer: 0, incarnation: one, awaitsOthers: true)
    #expect(lookup.decisions == [.stored])
    #expect(!cache.confirms(lookup, purge: 5))
    cache.end(lookup, keys: keys([1]), writer: 0, committed: nil)
    #expect(decisions(0..<3, in: cache) == [.send, .send, .send])
  }

  @Test func acceptsAnotherPurgeGenerationWhereNothingWasLeftOut() {
    let cache = DedupCache(capacity: 100)
    commit(0..<3, to: cache, purge: 4)
    let lookup = cache.begin(keys([7]), writer: 0, incarnation: one, awaitsOthers: true)
    #expect(cache.confirms(lookup, purge: 5))
  }

  @Test func aGroupThatBeganBeforeALossIsNeitherRememberedNorConfirmed() {
    let cache = DedupCache(capacity: 100)
    commit([1], to: cache)
    let keys = keys([1, 2])
    let lookup = cache.begin(keys, writer: 0, incarnation: one, awaitsOthers: true)
    cache.drop()
    #expect(!cache.confirms(lookup, purge: 0))
    cache.end(lookup, keys: keys, writer: 0, committed: 0)
    #expect(decisions([1, 2], in: cache) == [.send, .send])
  }

  @Test func countsOnTheKeysOfAnotherWritersGroupAndHearsHowItEnds() {
    for committed in [true, false] {
      let cache = DedupCache(capacity: 100)
      let first = cache.begin(keys([1, 2]), writer: 0, incarnation: one, awaitsOthers: true)
      let second = cache.begin(keys([2, 3]), writer: 1, incarnation: one, awaitsOthers: true)
      #expect(second.decisions == [.awaited, .send])
      #expect(second.awaited.map { $0.isCommitted(within: .zero) } == [nil])
      #expect(first.awaited.isEmpty)
      _ = cache.confirms(first, purge: 0)
      cache.end(first, keys: keys([1, 2]), writer: 0, committed: committed ? 0 : nil)
      // The result can be read any number of times.
      for _ in 0..<2 {
        #expect(second.awaited.map { $0.isCommitted(within: .seconds(60)) } == [committed])
      }
    }
  }

  @Test func whoDoesNotWaitSendsWhatOthersAreAboutToCommit() {
    let cache = DedupCache(capacity: 100)
    _ = cache.begin(keys([1]), writer: 0, incarnation: one, awaitsOthers: true)
    #expect(cache.begin(keys([1]), writer: 1, incarnation: one, awaitsOthers: false).decisions == [.send])
    #expect(cache.begin(keys([1]), writer: 2, incarnation: one, awaitsOthers: true).awaited.count == 1)
  }

  @Test func aWriterDoesNotWaitForItself() {
    let cache = DedupCache(capacity: 100)
    _ = cache.begin(keys([1]), writer: 0, incarnation: one, awaitsOthers: true)
    #expect(cache.begin(keys([1]), writer: 0, incarnation: one, awaitsOthers: true).decisions == [.send])
  }
}
