import Ingest
import Testing

@testable import Storage

@Suite struct KeyHashTests {
  private func hashes(_ events: [TestEvent], _ hasher: KeyHasher) throws -> [KeyHash] {
    CopyRows(parts: [CopyRows.Part(member: 0, of: GroupMember(try IngestBatch(events)))]).keyHashes(hasher)
  }

  private func hasher() -> KeyHasher {
    var generator = SystemRandomNumberGenerator()
    return KeyHasher(using: &generator)
  }

  @Test func isTheSameForTheSameKeyWhateverElseTheEventSays() throws {
    let hasher = hasher()
    let one = try hashes([TestEvent("a", topic: "t", time: 1, payload: "1")], hasher)
    let other = try hashes([TestEvent("z"), TestEvent("a", topic: "t", time: 2, payload: nil)], hasher)
    #expect(one[0] == other[1])
  }

  /// Keys that differ only in the boundary between their fields, in length, or in zeros have different
  /// hashes.
  @Test func differsForDifferentKeys() throws {
    var events: [TestEvent] = []
    for length in 0...40 {
      let text = String(repeating: "a", count: length)
      for (topic, id) in [(text, ""), ("", text), (text, "a"), ("a", text), (text, text)] {
        events.append(TestEvent(id, topic: topic, payload: nil))
      }
      events.append(TestEvent(String(repeating: "\0", count: length), topic: "zeros", payload: nil))
      events.append(TestEvent("1767322245000-\(length)", topic: "orders", payload: nil))
    }
    let distinct = Array(Set(events))
    let hashes = try hashes(distinct, hasher())
    #expect(Set(hashes).count == Set(distinct.map { "\($0.topic)|\($0.id)" }).count)
  }

  /// Uses more topics than the cache of topic hashes holds, in two batches.
  @Test func isTheSameForEachOfManyTopics() throws {
    let hasher = hasher()
    let batches = (0..<2).map { batch in
      (0..<3_000).map { TestEvent("\(batch) \($0)", topic: "\($0 * 7 % 1_000) \(batch)", payload: nil) }
    }
    let parts = try batches.enumerated().map {
      CopyRows.Part(member: $0, of: GroupMember(try IngestBatch($1)))
    }
    let expected = batches.joined().map { event in
      let (topic, id) = (Array(event.topic.utf8), Array(event.id.utf8))
      return hasher.hash(topic: topic.span.bytes, id: id.span.bytes)
    }
    #expect(CopyRows(parts: parts).keyHashes(hasher) == expected)
  }

  @Test func isNeverZeroAndNeverTheSameInAnotherProcess() throws {
    let events = [TestEvent("", topic: "", payload: nil), TestEvent("a")]
    let (one, other) = (try hashes(events, hasher()), try hashes(events, hasher()))
    #expect(one.allSatisfy { $0.high >> 63 == 1 })
    #expect(one[1] != other[1])
  }

  /// Compares the hash with a simple computation of the polynomial modulo 2^61 - 1.
  @Test func isThePolynomialThatItSays() throws {
    var generator = FixedGenerator()
    let hasher = KeyHasher(using: &generator)
    generator = FixedGenerator()
    let prime: UInt64 = (1 << 61) - 1
    let points = [
      UInt64.random(in: 2..<prime, using: &generator), .random(in: 2..<prime, using: &generator),
    ]
    let hash = try #require(try hashes([TestEvent("ab", topic: "t", payload: nil)], hasher).first)
    let expected = points.map { point in
      ([0x74, 1, 0x6162, 2] as [UInt64]).reduce(1) { (value: UInt64, word: UInt64) -> UInt64 in
        let (high, low) = value.multipliedFullWidth(by: point)
        let rest = prime.dividingFullWidth((high, low)).remainder
        return (rest + word) % prime
      }
    }
    #expect(hash == KeyHash(high: expected[0] | 1 << 63, low: expected[1]))
  }
}

/// A generator that returns the same numbers in each run.
private struct FixedGenerator: RandomNumberGenerator {
  private var state: UInt64 = 0x9E37_79B9_7F4A_7C15

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ state >> 29
  }
}
