internal import PostgresClient

/// The topics and buckets for which a group writes spans.
struct SpanTopics {
  /// The events that the spans of one name cover.
  enum Name: Hashable {
    /// The events of the topic with this number in `RowTopics`.
    case topic(Int)
    /// The events of all topics with few events that are in the bucket with this number.
    case bucket(Int)
  }

  /// The names. Those of buckets are last.
  let names: [Name]
  /// Number of names that are topics.
  let topicCount: Int
  /// The number of each row's name.
  let numbers: [Int32]
  /// Number of stored events of each name, by its number.
  let stored: [Int]
  /// The tag of each topic, by its number in `RowTopics`; empty without buckets.
  private let tags: [UInt16]

  /// Whether the group lists events by bucket.
  var hasBuckets: Bool { topicCount < names.count }

  /// Lists by topic, or by bucket when too many topics have few events.
  init(_ topics: RowTopics) {
    let few = topics.sent.count { $0 <= GroupSpans.listedEvents }
    guard let grain = TopicBucket.grain(topics: few, events: topics.numbers.count) else {
      self.names = topics.places.indices.map { .topic($0) }
      self.topicCount = topics.places.count
      self.numbers = topics.numbers
      self.stored = topics.stored
      self.tags = []
      return
    }
    var names = topics.sent.indices.filter { topics.sent[$0] > GroupSpans.listedEvents }.map {
      Name.topic($0)
    }
    topicCount = names.count
    var nameOfTopic = [Int32](repeating: -1, count: topics.sent.count)
    for (number, name) in names.enumerated() {
      if case .topic(let topic) = name { nameOfTopic[topic] = Int32(number) }
    }
    var nameOfBucket = [Int32](repeating: -1, count: TopicBucket.lastNumber + 1)
    var tags = [UInt16](repeating: 0, count: topics.sent.count)
    for topic in topics.sent.indices where nameOfTopic[topic] < 0 {
      let bucket = topics.withName(of: topic) { TopicBucket(of: $0) }
      let number = bucket.number(grain)
      tags[topic] = bucket.tag
      if nameOfBucket[number] < 0 {
        nameOfBucket[number] = Int32(names.count)
        names.append(.bucket(number))
      }
      nameOfTopic[topic] = nameOfBucket[number]
    }
    assert(nameOfTopic.allSatisfy { names.indices.contains(Int($0)) }, "every topic has a name")
    var stored = [Int](repeating: 0, count: names.count)
    for (topic, name) in nameOfTopic.enumerated() { stored[Int(name)] += topics.stored[topic] }
    self.names = names
    self.tags = tags
    self.stored = stored
    numbers = topics.numbers.map { nameOfTopic[Int($0)] }
  }

  /// The tag of an event that a span of the name `number` lists; nil when the name is a topic, whose events have none.
  func tag(ofName number: Int?, topic: Int32) -> UInt16? {
    guard let number, number >= topicCount else { return nil }
    return tags[Int(topic)]
  }

  /// The value of the column `bucket` in the spans of the name `number`, or of all topics together.
  func bucket(ofName number: Int?) -> Int32 {
    guard let number else { return hasBuckets ? 1 : 0 }
    guard case .bucket(let bucket) = names[number] else { return 0 }
    return Int32(bucket)
  }

  /// Adds the value of the column `topic` of the name `number` to `elements`.
  func append(name number: Int, of topics: RowTopics, to elements: inout ArrayElements) {
    switch names[number] {
    case .topic(let topic): topics.withName(of: topic) { elements.append($0) }
    case .bucket(let bucket):
      let name = Array(TopicBucket.name(of: bucket).utf8)
      elements.append(name.span.bytes)
    }
  }
}
