import Testing

@testable import Storage

@Suite struct TopicBucketTests {
  private static func bucket(_ topic: String) -> TopicBucket {
    let bytes = Array(topic.utf8)
    return TopicBucket(of: bytes.span.bytes)
  }

  /// Other servers, and the rows in databases, have these numbers.
  @Test(arguments: [
    ("a", 241, 543, 94 as UInt16), ("orders.invoice.created", 20, 515, 30238), ("ü", 396, 562, 47356),
  ])
  func hasTheNumbersOfTheSchemaDocument(_ topic: String, _ fine: Int, _ coarse: Int, _ tag: UInt16) {
    let bucket = Self.bucket(topic)
    #expect(bucket.number(.fine) == fine)
    #expect(bucket.number(.coarse) == coarse)
    #expect(bucket.tag == tag)
  }

  @Test func topicsSpreadOverAllBuckets() {
    for grain in TopicBucket.Grain.allCases {
      var topics = [Int](repeating: 0, count: TopicBucket.lastNumber + 1)
      for number in 0..<grain.count * 100 { topics[Self.bucket("orders.\(number)").number(grain)] += 1 }
      let range = grain == .fine ? 1...512 : 513...576
      #expect(topics[range].allSatisfy { (50...200).contains($0) })
      #expect(topics[range].reduce(0, +) == grain.count * 100)
    }
  }

  @Test func topicsOfABucketHaveDifferentTags() {
    let buckets = Set((0..<100_000).map { Self.bucket("topic-\($0)") })
    #expect(buckets.count > 99_500)
  }

  @Test func theAuditComputesTheSameInSQL() async throws {
    let topics = ["a", "", "ü", "orders.invoice.created", "#17", String(repeating: "z", count: 255)]
    try await StoreFixture.with { store in
      let values = topics.map { "('\($0)')" }.joined(separator: ",")
      let rows = try await store.sql(
        """
        WITH RECURSIVE \(TopicBucket.expressions(of: "SELECT * FROM (VALUES \(values)) AS v(topic)"))
        SELECT topic, number, tag FROM buckets
        """)
      let expected = topics.flatMap { topic in
        TopicBucket.Grain.allCases.map { grain in
          [topic, "\(Self.bucket(topic).number(grain))", "\(Self.bucket(topic).tag)"]
        }
      }
      #expect(Set(rows.map { $0.map { $0 ?? "" } }) == Set(expected))
    }
  }

  @Test func groupsListByTopicUntilTopicsAreTooMany() {
    #expect(TopicBucket.grain(topics: 64, events: 64) == nil)
    #expect(TopicBucket.grain(topics: 65, events: 65) == .coarse)
    #expect(TopicBucket.grain(topics: 100, events: 400) == nil)
    #expect(TopicBucket.grain(topics: 101, events: 400) == .coarse)
    #expect(TopicBucket.grain(topics: 512, events: 2_048) == nil)
    #expect(TopicBucket.grain(topics: 513, events: 2_048) == .fine)
    #expect(TopicBucket.grain(topics: 2_000, events: 20_000) == nil)
    #expect(TopicBucket.grain(topics: 18_000, events: 20_000) == .fine)
  }
}
