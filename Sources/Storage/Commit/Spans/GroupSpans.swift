internal import StoreInterface

/// The spans of one group: the time ranges of the events of each of its topics, and of all topics together. A
/// reader opens only groups whose spans overlap the times that it reads.
///
/// Most events of a group are close together in time. Events that came late or have a wrong clock would make
/// the group's span so wide that every reader had to open the group. Such events get spans of their own,
/// which list them one by one. Topics with few events are listed completely, so that no reader scans a group
/// for them. A bucket of topics (`TopicBucket`) counts as a topic here and is listed completely, too.
///
/// Pure. The spans need only be an upper bound of the events that the group stores. An event that is in the
/// spans of its own group may be in the spans of other groups too; a reader returns the event once.
struct GroupSpans {
  /// One row of `topic_spans`.
  struct Span: Equatable {
    /// The number of the topic; nil for all topics together.
    let topic: Int?
    /// Number of events of the topic in the whole group, in the first of the topic's spans; 0 in its other
    /// spans.
    var count: Int
    /// The range of the times of its events, in microseconds since 1970.
    let times: ClosedRange<Int64>
    /// Its events, as a range of `GroupSpans.listed`; nil when the span covers a time range of the group and
    /// lists no events.
    let listed: Range<Int>?
  }

  /// Maximum number of events of a topic whose events are all listed.
  static let listedEvents = 16
  /// Maximum number of late events that one span lists; further late events get further spans.
  static let lateEvents = 32

  /// The events of one topic or of all topics.
  private struct Tally {
    var count = 0
    /// Number of events that came with the bulk of the group.
    var bulkCount = 0
    var earliest = Int64.max
    var latest = Int64.min
    /// Whether the events are those of a bucket, which are listed however many they are.
    var isBucket = false

    /// Number of listed events: all events of a topic with few events, otherwise the late events.
    var listedCount: Int { isListed ? count : count - bulkCount }
    var isListed: Bool { isBucket || count <= GroupSpans.listedEvents }

    mutating func add(_ time: Int64, isLate: Bool) {
      count += 1
      guard !isLate else { return }
      bulkCount += 1
      earliest = min(earliest, time)
      latest = max(latest, time)
    }

    mutating func add(_ other: Tally) {
      count += other.count
      bulkCount += other.bulkCount
      earliest = min(earliest, other.earliest)
      latest = max(latest, other.latest)
    }
  }

  /// The spans in the order of topics; the spans of all topics together are last.
  private(set) var spans: [Span] = []
  /// The events that spans list, by their indices: span by span, in each span ascending by time.
  private(set) var listed: [Int32] = []

  /// Creates the spans of events.
  /// - Parameters:
  ///   - topics: The number of each event's topic, below `topicCount`.
  ///   - listedFrom: The number from which on topics are listed completely, because they are buckets; nil when none is.
  ///   - times: Each event's time.
  init(topics: [Int32], of topicCount: Int, listedFrom: Int? = nil, times: [Int64]) {
    precondition(topics.count == times.count, "a topic and a time for each event")
    assert(topics.allSatisfy { $0 >= 0 && Int($0) < topicCount }, "topics are numbered from 0")
    guard !times.isEmpty else { return }
    let bulk = Self.bulk(of: times)
    var tallies = [Tally](repeating: Tally(), count: topicCount + 1)
    for bucket in (listedFrom ?? topicCount)..<topicCount { tallies[bucket].isBucket = true }
    for (index, time) in times.enumerated() {
      tallies[Int(topics[index])].add(time, isLate: !bulk.contains(time))
    }
    tallies[topicCount] = tallies.reduce(into: Tally()) { $0.add($1) }
    listed = Self.listed(topics, times, tallies, outside: bulk)
    spans.reserveCapacity(topicCount + 1)
    var start = 0
    for (topic, tally) in tallies.enumerated() where tally.count > 0 {
      let range = start..<start + tally.listedCount
      append(topic == topicCount ? nil : topic, tally, listing: range, times)
      start = range.upperBound
    }
    assert(start == listed.count, "each listed event belongs to the spans of one topic")
    assert(
      spans.reduce(0) { $0 + ($1.topic == nil ? 0 : $1.count) } == times.count, "every event is counted once")
  }

  /// Corrects the counts when fewer events were stored than are in the spans. Spans of topics without a
  /// stored event are removed.
  /// - Parameter stored: Number of stored events of each topic, by its number.
  mutating func count(_ stored: [Int]) {
    assert(spans.allSatisfy { $0.topic.map { $0 < stored.count } ?? true }, "a count for each topic")
    let total = stored.reduce(0, +)
    spans = spans.compactMap { span in
      let count = span.topic.map { stored[$0] } ?? total
      guard count > 0 else { return nil }
      var span = span
      if span.count > 0 { span.count = count }
      return span
    }
  }

  /// The interquartile range of the times, widened by twice its width (at least 1 s) on both sides. It is
  /// estimated from a regular sample when there are many times; a bad estimate affects speed, not
  /// correctness.
  static func bulk(of times: [Int64]) -> ClosedRange<Int64> {
    precondition(!times.isEmpty, "the bulk of at least one event")
    let step = max(1, times.count / 1_024)
    let sample = stride(from: 0, to: times.count, by: step).map { times[$0] }.sorted()
    let (low, high) = (sample[sample.count / 4], sample[sample.count * 3 / 4])
    let width = max(1_000_000, high.subtractingSaturating(low))
    let margin = width.addingSaturating(width)
    return low.subtractingSaturating(margin)...high.addingSaturating(margin)
  }

  /// The events to list, by topic and time: a counting sort by topic, then a sort by time of each topic's
  /// listed events.
  private static func listed(
    _ topics: [Int32], _ times: [Int64], _ tallies: [Tally], outside bulk: ClosedRange<Int64>
  ) -> [Int32] {
    let everything = tallies.count - 1
    var total = 0
    var ends = tallies.map { tally in
      defer { total += tally.listedCount }
      return total
    }
    var listed = [Int32](repeating: 0, count: total)
    for (index, time) in times.enumerated() {
      let isLate = !bulk.contains(time)
      let topic = Int(topics[index])
      if isLate || tallies[topic].isListed {
        listed[ends[topic]] = Int32(index)
        ends[topic] += 1
      }
      if isLate || tallies[everything].isListed {
        listed[ends[everything]] = Int32(index)
        ends[everything] += 1
      }
    }
    listed.withUnsafeMutableBufferPointer { listed in
      for (end, tally) in zip(ends, tallies) where tally.listedCount > 1 {
        var part = UnsafeMutableBufferPointer(rebasing: listed[end - tally.listedCount..<end])
        part.sort { (times[Int($0)], $0) < (times[Int($1)], $1) }
      }
    }
    return listed
  }

  private mutating func append(_ topic: Int?, _ tally: Tally, listing range: Range<Int>, _ all: [Int64]) {
    let first = spans.count
    if !tally.isListed, tally.bulkCount > 0 {
      spans.append(Span(topic: topic, count: 0, times: tally.earliest...tally.latest, listed: nil))
    }
    for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.lateEvents) {
      let piece = start..<min(start + Self.lateEvents, range.upperBound)
      let times = all[Int(listed[start])]...all[Int(listed[piece.upperBound - 1])]
      spans.append(Span(topic: topic, count: 0, times: times, listed: piece))
    }
    precondition(spans.count > first, "every event is in a span")
    spans[first].count = tally.count
  }
}

extension Int64 {
  /// The sum; on overflow, the limit of the type that the sum exceeds.
  fileprivate func addingSaturating(_ other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other < 0 ? .min : .max) : sum
  }

  /// The difference; on overflow, the limit of the type that the difference exceeds.
  fileprivate func subtractingSaturating(_ other: Int64) -> Int64 {
    let (difference, overflow) = subtractingReportingOverflow(other)
    return overflow ? (other < 0 ? .max : .min) : difference
  }
}
