/// Which events a count by spans reads in a round. Pure.
///
/// Spans are drawn from the latest end on. A round ends at its frontier: all events from the frontier on are in spans
/// that were drawn. The events of a group are read in the round that draws its span, also those before the frontier,
/// because a group that is read again for each range of times costs the same each time. A listed event is read when
/// the frontier has passed its time, unless its group was read over that time.
struct CountPlan {
  /// All events from this time on are in spans that were drawn before the end of the last round.
  private(set) var frontier: Int64
  private let times: Range<Int64>
  /// The whole groups of the next round.
  private var drawn: [SpanSearch.Span] = []
  /// Listed events before the frontier.
  private var listed: [CountPart.Listed] = []
  /// The times before the frontier over which each group was read.
  private var covered: [Int64: [ClosedRange<Int64>]] = [:]
  /// The number of groups that were read.
  private var readCount = 0
  /// The beginnings of the groups that were read, and have events before the frontier.
  private var openBeginnings: [Int64] = []

  /// Creates the plan of a count over `times`.
  init(over times: Range<Int64>) {
    precondition(!times.isEmpty, "a count has times")
    self.times = times
    frontier = times.upperBound
  }

  /// Takes a span into the next round.
  mutating func draw(_ span: SpanSearch.Span) {
    if let events = span.listed {
      listed += events.map { CountPart.Listed(event: $0, group: span.group) }
    } else {
      drawn.append(span)
    }
  }

  /// The number of groups of the next round.
  var groupCount: Int { drawn.count }

  /// The number of groups that were read, and have events before the frontier. A count that goes on from the frontier
  /// reads them again.
  var openCount: Int { openBeginnings.count }

  /// Whether the count may stop here. Otherwise the count that goes on would read most of the same groups again, and
  /// counts of many groups with the same times would not come to an end.
  var isProgress: Bool { frontier < times.upperBound && openCount * 2 <= readCount }

  /// Ends the round.
  /// - Parameter next: The latest time of the next span; nil when there is none.
  /// - Returns: The events to read: all of the drawn groups, and the listed events from the new frontier on.
  mutating func endRound(before next: Int64?) -> [CountPart] {
    let parts = takeGroups()
    let reached = next.map { $0 < frontier ? max(times.lowerBound, $0 + 1) : frontier } ?? times.lowerBound
    assert(reached <= frontier, "spans come from the latest end on")
    let due = Set(listed.filter { $0.event.time >= reached && !isCovered($0) })
    listed.removeAll { $0.event.time >= reached }
    frontier = reached
    openBeginnings.removeAll { $0 >= reached }
    covered = covered.compactMapValues { ranges in
      let rest = ranges.filter { $0.lowerBound < reached }
      return rest.isEmpty ? nil : rest
    }
    let events = Array(due)
    return parts
      + stride(from: 0, to: events.count, by: CountPart.mostListed).map { start in
        .listed(Array(events[start...].prefix(CountPart.mostListed)))
      }
  }

  /// Takes the drawn groups. Those that are read for the first time are read together, over the times of all of them.
  private mutating func takeGroups() -> [CountPart] {
    defer { drawn.removeAll() }
    let spans = drawn.compactMap { span in bounded(span.times).map { (group: span.group, times: $0) } }
    readCount += spans.count
    openBeginnings += spans.map(\.times.lowerBound)
    let first = spans.filter { covered[$0.group] == nil }
    var parts: [CountPart] = []
    if let earliest = first.map(\.times.lowerBound).min(), let latest = first.map(\.times.upperBound).max() {
      let groups = Set(first.map(\.group))
      for group in groups { covered[group] = [earliest...latest] }
      parts.append(.groups(groups.sorted(), during: earliest...latest))
    }
    // A group has several spans of whole ranges only when its lists of events cannot be read.
    for span in spans {
      for times in uncovered(span.times, of: span.group) {
        covered[span.group]?.append(times)
        parts.append(.groups([span.group], during: times))
      }
    }
    return parts
  }

  /// The part of a span's times that was not counted yet; nil when there is none.
  private func bounded(_ span: ClosedRange<Int64>) -> ClosedRange<Int64>? {
    let (first, last) = (max(span.lowerBound, times.lowerBound), min(span.upperBound, frontier - 1))
    return first <= last ? first...last : nil
  }

  /// The parts of `times` over which `group` was not read.
  private func uncovered(_ times: ClosedRange<Int64>, of group: Int64) -> [ClosedRange<Int64>] {
    var rest = [times]
    for read in covered[group] ?? [] { rest = rest.flatMap { $0.minus(read) } }
    return rest
  }

  private func isCovered(_ listed: CountPart.Listed) -> Bool {
    covered[listed.group]?.contains { $0.contains(listed.event.time) } ?? false
  }
}

extension ClosedRange<Int64> {
  /// The ranges of the numbers that are not in `other`.
  fileprivate func minus(_ other: ClosedRange<Int64>) -> [ClosedRange<Int64>] {
    guard overlaps(other) else { return [self] }
    return (lowerBound < other.lowerBound ? [lowerBound...other.lowerBound - 1] : [])
      + (upperBound > other.upperBound ? [other.upperBound + 1...upperBound] : [])
  }
}
