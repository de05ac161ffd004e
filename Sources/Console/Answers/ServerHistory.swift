import TextFormats

/// The figures of the last hour from `GET /history`. Pure.
struct ServerHistory: Sendable {
  /// Figures at equal intervals.
  struct Series: Sendable {
    /// The length of an interval in seconds.
    let interval: Int
    /// The end of the last interval; nil when the server gave none.
    let until: UTCTime?
    /// One array for each figure, oldest first; nil is "not known".
    private let figures: [String: [Double?]]
    /// The unique events of the busiest topics in each interval.
    let topics: [(name: String, unique: [Double?])]
    /// The number of intervals.
    let count: Int

    /// The longest interval in seconds, and the most of them. They keep all sums of times within 64 bits.
    private static let longestInterval = 86_400
    private static let mostIntervals = 1_000_000

    /// Reads one series; nil when it has no interval, or figures beyond the bounds.
    init?(_ series: JSONValue) {
      guard let interval = series["interval_seconds"]?.integer, (1...Self.longestInterval).contains(interval)
      else { return nil }
      self.interval = interval
      until = series["until"]?.text.flatMap { UTCTimeReader.read(Array($0.utf8)) }
      var figures: [String: [Double?]] = [:]
      if case .object(let members)? = series["figures"] {
        for member in members { figures[member.name] = Self.numbers(member.value) }
      }
      self.figures = figures
      count = figures.values.map(\.count).max() ?? 0
      guard count <= Self.mostIntervals else { return nil }
      topics = (series["topics"]?.elements ?? []).map {
        ($0["topic"]?.text ?? "", Self.numbers($0["unique"] ?? .null))
      }
    }

    private static func numbers(_ value: JSONValue) -> [Double?] {
      (value.elements ?? []).map { $0.number ?? $0.truth.map { $0 ? 1 : 0 } }
    }

    /// Returns the values of a figure, oldest first, one for each interval.
    func values(_ name: String) -> [Double?] {
      let known = figures[name] ?? []
      return [Double?](repeating: nil, count: count - known.count) + known
    }

    /// Returns the events per second of each topic over the last intervals, the busiest first.
    /// - Parameter seconds: The time to look back.
    func busiestTopics(last seconds: Int) -> [(name: String, perSecond: Double)] {
      let intervals = max(1, seconds / interval)
      return topics.map { topic in
        let recent = topic.unique.suffix(intervals).compactMap { $0 }
        return (topic.name, recent.reduce(0, +) / Double(intervals * interval))
      }.filter { $0.perSecond > 0 }.sorted { ($1.perSecond, $0.name) < ($0.perSecond, $1.name) }
    }
  }

  /// The series, the shortest intervals first.
  let series: [Series]

  init(_ answer: JSONValue) {
    series = (answer["series"]?.elements ?? []).compactMap(Series.init).sorted { $0.interval < $1.interval }
  }

  /// The series that reaches back farthest; of those that reach equally far, the one with the shortest intervals.
  var longest: Series? {
    guard let most = series.map({ $0.count * $0.interval }).max() else { return nil }
    return series.first { $0.count * $0.interval + ($0.count > 0 ? $0.interval * 9 : 0) >= most }
      ?? series.last
  }
}
