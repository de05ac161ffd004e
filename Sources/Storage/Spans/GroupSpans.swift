/// The spans of one group: for each of its topics, and for all of them together, how far its events reach in
/// time, so that a reader opens only groups that can matter.
///
/// Most events of a group lie close together in time. Those that came late, or have a wrong clock, would make
/// its span so wide that every reader had to open it: they get spans of their own, which list them one by
/// one. Topics of few events are listed as a whole, so that nobody scans a group for them.
///
/// Pure, and no more than an upper bound of what the group stores is needed: an event that lies in the spans
/// of its own group may be named by others, too. A reader takes what it finds there and sees it once.
struct GroupSpans {
  /// One row of `topic_spans`.
  struct Span: Equatable {
    /// The number of the topic; nil for all topics together.
    let topic: Int?
    /// Events of the topic in the whole group, in the first of the topic's spans; 0 in the others.
    var count: Int
    /// The times of its events, in microseconds since 1970.
    let times: ClosedRange<Int64>
    /// Its events, as a part of `GroupSpans.listed`; nil where the span stands for a part of the group.
    let listed: Range<Int>?
  }

  /// Topics with no more events are listed.
  static let listedEvents = 16
  /// Late events that one span lists, at most.
  static let lateEvents = 32

  /// The events of one topic, or of all.
  private struct Tally {
    var count = 0
    /// Of those that came with the bulk of the group.
    var bulkCount = 0
    var earliest = Int64.max
    var latest = Int64.min

    /// How many of them are listed: all of few, else those that are late.
    var listedCount: Int { isListed ? count : count - bulkCount }
    var isListed: Bool { count <= GroupSpans.listedEvents }

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

  /// In the order of topics, all together last.
  private(set) var spans: [Span] = []
  /// The events that spans list, by their indices: span by span, in each ascending by time.
  private(set) var listed: [Int32] = []

  /// The spans of events, of which `topics` has the numbers of the topics, below `topicCount`, and `times`
  /// the times.
  init(topics: [Int32], of topicCount: Int, times: [Int64]) {
    precondition(topics.count == times.count, "a topic and a time for each event")
    guard !times.isEmpty else { return }
    let bulk = Self.bulk(of: times)
    var tallies = [Tally](repeating: Tally(), count: topicCount + 1)
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
  }

  /// Corrects the counts, where fewer events were stored than are in the spans; topics of which none was
  /// stored have no spans.
  mutating func count(_ stored: [Int]) {
    let total = stored.reduce(0, +)
    spans = spans.compactMap { span in
      let count = span.topic.map { stored[$0] } ?? total
      guard count > 0 else { return nil }
      var span = span
      if span.count > 0 { span.count = count }
      return span
    }
  }

  /// Where most of the times lie: the middle half of them, and twice its width (a second at least) to either
  /// side. Of many times a regular sample decides: whatever comes out is right, it only costs more or less.
  static func bulk(of times: [Int64]) -> ClosedRange<Int64> {
    let step = max(1, times.count / 1_024)
    let sample = stride(from: 0, to: times.count, by: step).map { times[$0] }.sorted()
    let (low, high) = (sample[sample.count / 4], sample[sample.count * 3 / 4])
    let width = max(1_000_000, high.subtractingSaturating(low))
    let margin = width.addingSaturating(width)
    return low.subtractingSaturating(margin)...high.addingSaturating(margin)
  }

  /// The events to list, by topic and time: sorted by counting, then the few of each topic.
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
    spans[first].count = tally.count
  }
}

extension Int64 {
  /// The sum, or the limit that it would pass.
  fileprivate func addingSaturating(_ other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other < 0 ? .min : .max) : sum
  }

  /// The difference, or the limit that it would pass.
  fileprivate func subtractingSaturating(_ other: Int64) -> Int64 {
    let (difference, overflow) = subtractingReportingOverflow(other)
    return overflow ? (other < 0 ? .max : .min) : difference
  }
}
