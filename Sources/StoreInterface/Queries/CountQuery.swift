/// A question for the number of events in each interval of time.
public struct CountQuery: Hashable, Sendable {
  /// A property of events by which an interval is divided.
  public enum Grouping: String, Hashable, Sendable, CaseIterable {
    /// The topic.
    case topic
    /// The source.
    case source
  }

  /// The most intervals that an answer has.
  public static let mostIntervals = 1_000
  /// The most numbers that an answer has. The events of further names are counted together.
  public static let mostCounts = 50_000

  /// The selection, without its times.
  public let filter: EventFilter
  /// The times that are counted, in microseconds since 1970.
  public let times: Range<Int64>
  /// The length of an interval in microseconds. Intervals begin at its multiples.
  public let interval: Int64
  /// The property by which each interval is divided; nil for none.
  public let grouping: Grouping?
  /// Width of the first slice of time that the store reads, in microseconds, as the count before this one left it; nil
  /// when it is the first. A hint: otherwise each count would begin to cross a long time without events anew.
  public var width: Int64?

  /// Creates a question.
  public init(_ filter: EventFilter, times: Range<Int64>, interval: Int64, grouping: Grouping? = nil) {
    precondition(interval > 0, "an interval has a length")
    var filter = filter
    filter.since = nil
    filter.until = nil
    self.filter = filter
    self.times = times
    self.interval = interval
    self.grouping = grouping
  }

  /// Returns the question for the times before `end` alone.
  public func ending(at end: Int64) -> CountQuery {
    let end = min(max(end, times.lowerBound), times.upperBound)
    return CountQuery(filter, times: times.lowerBound..<end, interval: interval, grouping: grouping)
  }

  /// The beginning of the interval with `time`.
  public func start(of time: Int64) -> Int64 {
    let rest = time % interval
    let (start, overflow) = time.subtractingReportingOverflow(rest < 0 ? rest + interval : rest)
    return overflow ? .min : start
  }
}

/// Numbers of events by interval.
public struct EventCounts: Hashable, Sendable {
  /// The key of a number.
  public struct Key: Hashable, Sendable {
    /// The beginning of the interval, in microseconds since 1970.
    public let start: Int64
    /// The topic or source; nil without a grouping, and for the events of names that are counted together.
    public let name: String?

    /// Creates a key.
    public init(start: Int64, name: String?) {
      self.start = start
      self.name = name
    }
  }

  /// The number of events; keys without events are absent.
  public private(set) var numbers: [Key: Int64] = [:]
  /// The time down to which all events were counted; nil when all times of the question were. A question that ends at
  /// this time counts the others, so the sum of both answers is the answer.
  public var searchedUntil: Int64?
  /// The width of slices for the question that goes on; see `CountQuery.width`.
  public var width: Int64?

  /// Whether a millisecond has more numbers than `CountQuery.mostCounts`. Then the store stopped there, and the answer
  /// is of no use.
  public var hasTooManyNumbers = false

  /// Creates an answer without events.
  public init() {}

  /// Adds `number` events. When there are many names already, they are counted without their name.
  public mutating func add(_ number: Int64, at start: Int64, named name: String?) {
    var key = Key(start: start, name: name)
    if numbers.count >= CountQuery.mostCounts, numbers[key] == nil { key = Key(start: start, name: nil) }
    numbers[key, default: 0] += number
  }
}
