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
    /// Its events, by their indices, ascending by time; nil where the span stands for a part of the group.
    let listed: [Int32]?
  }

  /// Topics with no more events are listed.
  static let listedEvents = 16
  /// Late events that one span lists, at most.
  static let lateEvents = 32

  private struct Tally {
    var count = 0
    /// The times of those that came with the bulk of the group.
    var times: ClosedRange<Int64>?

    mutating func extend(to time: Int64) {
      times = times.map { min($0.lowerBound, time)...max($0.upperBound, time) } ?? time...time
    }
  }

  private struct Entry {
    let topic: Int
    let time: Int64
    let event: Int32
  }

  /// In the order of topics, all together last.
  private(set) var spans: [Span] = []

  /// The spans of events, of which `topics` has the numbers of the topics, below `topicCount`, and `times`
  /// the times.
  init(topics: [Int32], of topicCount: Int, times: [Int64]) {
    precondition(topics.count == times.count, "a topic and a time for each event")
    guard !times.isEmpty else { return }
    let bulk = Self.bulk(of: times)
    var tallies = [Tally](repeating: Tally(), count: topicCount + 1)
    for (topic, time) in zip(topics, times) {
      tallies[Int(topic)].count += 1
      guard bulk.contains(time) else { continue }
      tallies[Int(topic)].extend(to: time)
      tallies[topicCount].extend(to: time)
    }
    tallies[topicCount].count = times.count
    let entries = Self.listed(topics, times, tallies, outside: bulk)
    var next = entries.startIndex
    for (topic, tally) in tallies.enumerated() where tally.count > 0 {
      let first = next
      while next < entries.endIndex, entries[next].topic == topic { next += 1 }
      append(topic == topicCount ? nil : topic, tally, entries[first..<next])
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

  /// The events to list, by topic and time.
  private static func listed(
    _ topics: [Int32], _ times: [Int64], _ tallies: [Tally], outside bulk: ClosedRange<Int64>
  ) -> [Entry] {
    let everything = tallies.count - 1
    let isSmall = tallies.map { $0.count <= listedEvents }
    var entries: [Entry] = []
    for index in times.indices {
      let (topic, time) = (Int(topics[index]), times[index])
      let isLate = !bulk.contains(time)
      if isLate || isSmall[topic] { entries.append(Entry(topic: topic, time: time, event: Int32(index))) }
      if isLate || isSmall[everything] {
        entries.append(Entry(topic: everything, time: time, event: Int32(index)))
      }
    }
    entries.sort { ($0.topic, $0.time, $0.event) < ($1.topic, $1.time, $1.event) }
    return entries
  }

  private mutating func append(_ topic: Int?, _ tally: Tally, _ entries: ArraySlice<Entry>) {
    let first = spans.count
    if tally.count > Self.listedEvents, let times = tally.times {
      spans.append(Span(topic: topic, count: 0, times: times, listed: nil))
    }
    var rest = entries
    while let earliest = rest.first {
      let piece = rest.prefix(Self.lateEvents)
      rest = rest.dropFirst(piece.count)
      let times = earliest.time...(piece.last ?? earliest).time
      spans.append(Span(topic: topic, count: 0, times: times, listed: piece.map(\.event)))
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
