/// The bucket of a topic in the index of spans.
///
/// A group with very many topics lists the events of most of them by bucket and not by topic, because a row for nearly
/// every event would cost more than the event itself. A topic has a fine bucket, for large groups, and a coarse one,
/// for small groups. A coarse bucket has the topics of eight fine ones.
///
/// Bucket and tag are a part of the schema (`spec/schema.md`): every server, and the audit in SQL, computes the same.
struct TopicBucket: Hashable, Sendable {
  /// The size of the buckets by which a group lists events.
  enum Grain: CaseIterable {
    /// Many buckets, of few topics each.
    case fine
    /// Few buckets, of many topics each.
    case coarse

    /// Number of buckets.
    var count: Int { self == .fine ? 512 : 64 }
  }

  /// Number of events from which on a group uses fine buckets.
  static let fineEvents = 2_048
  /// A group lists by topic as long as the topics with few events are at most one for this number of events. At that
  /// bound their rows cost about a fifth of the rate.
  static let eventsPerTopic = 4

  private static let prime: UInt64 = (1 << 31) - 1
  private static let factor: UInt64 = 48_271

  private let place: Int
  /// Tells the topic's events from most other events of the bucket.
  let tag: UInt16

  /// The bucket of a topic, from a polynomial over its bytes modulo the prime 2^31 - 1.
  init(of topic: RawSpan) {
    var hash: UInt64 = 1
    for offset in 0..<topic.byteCount {
      let byte = topic.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
      hash = (hash * Self.factor + UInt64(byte)) % Self.prime
    }
    let fine = UInt64(Grain.fine.count)
    place = Int(hash % fine)
    tag = UInt16(truncatingIfNeeded: hash / fine)
  }

  /// The number of the topic's bucket: 1 to 512 for a fine bucket, 513 to 576 for a coarse one.
  func number(_ grain: Grain) -> Int {
    switch grain {
    case .fine: place + 1
    case .coarse: Grain.fine.count + place / (Grain.fine.count / Grain.coarse.count) + 1
    }
  }

  /// The highest number of a bucket.
  static let lastNumber = Grain.fine.count + Grain.coarse.count

  /// The value of `topic` in the rows of a bucket. A topic may have the same name; the column `bucket` tells them
  /// apart.
  static func name(of number: Int) -> String { "#\(number)" }

  /// The buckets by which a group lists the events of its topics with few events; nil when it lists by topic.
  /// - Parameters:
  ///   - topics: Number of topics with few events.
  ///   - events: Number of events of the group.
  static func grain(topics: Int, events: Int) -> Grain? {
    let grain = events < fineEvents ? Grain.coarse : .fine
    return topics > grain.count && topics * eventsPerTopic > events ? grain : nil
  }

  /// Common table expressions with the buckets of topics, for the audit: `buckets` has the columns topic, number and
  /// tag, with a row for each grain.
  /// - Parameter topics: A query for distinct topics, in a column `topic`.
  static func expressions(of topics: String) -> String {
    """
    hashed (topic, bytes, place, hash) AS (
      SELECT topic, convert_to(topic, 'UTF8'), 0, 1::bigint FROM (\(topics)) AS t
      UNION ALL
      SELECT topic, bytes, place + 1, (hash * \(factor) + get_byte(bytes, place)) % \(prime)
      FROM hashed WHERE place < octet_length(bytes)
    ), buckets AS MATERIALIZED (
      SELECT topic, number, hash / \(Grain.fine.count) % 65536 AS tag FROM hashed CROSS JOIN LATERAL (VALUES
        (hash % \(Grain.fine.count) + 1),
        (\(Grain.fine.count) + hash % \(Grain.fine.count) / \(Grain.fine.count / Grain.coarse.count) + 1)) AS n(number)
      WHERE place = octet_length(bytes)
    )
    """
  }
}
