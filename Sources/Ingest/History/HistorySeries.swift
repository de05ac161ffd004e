/// The intervals of one length that a reader asked for.
public struct HistorySeries: Sendable {
  /// The length of an interval.
  public let interval: Duration
  /// The end of the last interval, in microseconds since 1970; the start of the process when there is none yet.
  public let end: Int64
  /// The intervals, the oldest first.
  public let intervals: [HistoryInterval]
  private let names: HistoryNames

  /// A topic with its stored events in each interval; nil where they are not known.
  public struct Topic: Hashable, Sendable {
    /// The name.
    public let name: String
    /// Stored events in each interval, the oldest first.
    public let unique: [Int?]
  }

  init(interval: Duration, end: Int64, intervals: [HistoryInterval], names: HistoryNames) {
    self.interval = interval
    self.end = end
    self.intervals = intervals
    self.names = names
  }

  /// Returns up to `most` topics with the most stored events in all these intervals, the busiest first; equally busy
  /// ones by name.
  /// - Parameter isPermitted: Whether the reader may see a topic.
  public func topics(_ most: Int, where isPermitted: (String) -> Bool) -> [Topic] {
    var sums: [UInt16: Int] = [:]
    for interval in intervals {
      for topic in interval.topics { sums[topic.name, default: 0] += Int(topic.events) }
    }
    let seen = sums.map {
      (number: $0.key, name: String(decoding: names.name($0.key), as: UTF8.self), sum: $0.value)
    }
    .filter { isPermitted($0.name) }
    let busiest = seen.sorted {
      $0.sum == $1.sum ? $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) : $0.sum > $1.sum
    }
    return busiest.prefix(most).map { topic in
      Topic(
        name: topic.name,
        unique: intervals.map { interval in
          if let entry = interval.topics.first(where: { $0.name == topic.number }) {
            return Int(entry.events)
          }
          return interval.hasAllTopics ? 0 : nil
        })
    }
  }
}
