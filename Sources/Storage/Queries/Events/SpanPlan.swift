internal import Ingest
internal import StoreInterface

/// Which spans a search reads, and when. Pure.
///
/// A round trip costs more than a few events too many, and reading a group costs more than a round trip. So
/// spans are selected until their estimated event count reaches the page size. The estimate assumes that a
/// group's events are spread evenly over its time range. Events that spans list are known by their times.
/// They wait until the groups were read, because most of the late ones are not needed then.
struct SpanPlan {
  /// Listed events and groups that one round reads.
  struct Opening: Equatable {
    /// Ids of listed events.
    var ids: [[UInt8]] = []
    /// Numbers of groups, which are read as a whole.
    var groups: [Int64] = []
  }

  /// Events of a selected span, by their distances.
  private struct Stretch {
    let distances: ClosedRange<Double>
    let count: Double

    /// Returns how many of the events are estimated to be nearer than `distance`.
    func count(within distance: Double) -> Double {
      let length = distances.upperBound - distances.lowerBound
      guard length > 0 else { return distance > distances.lowerBound ? count : 0 }
      return count * min(max((distance - distances.lowerBound) / length, 0), 1)
    }
  }

  private let query: EventQuery
  private let isDescending: Bool
  /// The most groups that the next round reads.
  var groupLimit = groupsAtOnce
  /// Beginning of the page, as a distance.
  private let beginning: Double
  /// Number of events that the selected spans should hold.
  private var wanted: Double
  private var groups: [Int64] = []
  /// The farthest distances of all selected groups.
  private var groupEnds: [Double] = []
  private var candidates: [ListedEvents.Event] = []
  /// Selected spans that end farther away than the last selected span begins. `passed` is the number of
  /// events in the other selected spans.
  private var stretches: [Stretch] = []
  private var passed: Double = 0

  /// Most groups that one round reads, most listed events without groups, and most listed events beside
  /// groups.
  static let groupsAtOnce = 64
  static let idsAtOnce = 1_024
  static let idsBesideGroups = 16
  /// Most listed events that wait. For a window in the past, the spans of all events that were late for the
  /// window come before the groups that hold most of its events.
  private static let mostCandidates = 16_384

  /// Creates a plan to find the first `count` events of `query`.
  init(_ query: EventQuery, count: Int) {
    precondition(count >= 1, "a page has room for an event")
    self.query = query
    let isDescending = query.order == .newestFirst
    self.isDescending = isDescending
    // A quarter more, because another round costs more than another group.
    wanted = Double(count) * 1.25
    let bounds = [isDescending ? query.until : query.since, query.start].compactMap(\.self)
    beginning = bounds.map { Self.distance($0, isDescending) }.max() ?? -.infinity
  }

  /// Whether the query asks for events of this time.
  func isWithin(_ time: Int64) -> Bool {
    guard query.since ?? .min <= time, time < query.until ?? .max else { return false }
    guard let start = query.start else { return true }
    return isDescending ? time <= start : time >= start
  }

  /// Returns the end of the span that is nearest to the beginning of the page.
  func nearestTime(of span: SpanSearch.Span) -> Int64 {
    isDescending ? span.times.upperBound : span.times.lowerBound
  }

  /// Selects `span`, which must be the next one by its nearest time.
  /// - Returns: False when the span is not needed yet, because enough nearer events are selected.
  mutating func draw(_ span: SpanSearch.Span) -> Bool {
    guard groups.count < min(groupLimit, Self.groupsAtOnce), candidates.count < Self.mostCandidates,
      expected(within: distance(nearestTime(of: span))) < wanted
    else { return false }
    if let listed = span.listed {
      candidates += listed
      stretches += listed.map { Stretch(distances: distance($0.time)...distance($0.time), count: 1) }
    } else {
      groups.append(span.group)
      let (near, far) = (distance(span.times.lowerBound), distance(span.times.upperBound))
      stretches.append(Stretch(distances: min(near, far)...max(near, far), count: Double(max(1, span.count))))
      groupEnds.append(max(near, far))
    }
    return true
  }

  /// The nearest time of a selected event that was not read yet and may be in the answer; nil when there is none.
  var nearestCandidate: Int64? {
    isDescending ? candidates.map(\.time).max() : candidates.map(\.time).min()
  }

  /// Returns the time that is nearer to the beginning of the page.
  func nearer(_ one: Int64, _ other: Int64) -> Int64 {
    isDescending ? max(one, other) : min(one, other)
  }

  /// Whether a search that goes on from `time` reads much less than this one. Otherwise searches of many groups with the
  /// same times would read nearly all of them in each answer.
  func isProgress(_ time: Int64) -> Bool {
    let distance = distance(time)
    let openCount = groupEnds.count { $0 > distance }
    guard openCount * 2 <= groupEnds.count else { return false }
    guard let start = query.start else { return true }
    return isDescending ? time < start : time > start
  }

  /// Doubles the number of events that the selected spans should hold.
  mutating func wantMore() {
    wanted *= 2
  }

  /// Returns the estimated number of selected events between the beginning of the page and `distance`.
  /// `distance` must not be less than in the last call.
  private mutating func expected(within distance: Double) -> Double {
    guard distance > beginning else { return 0 }
    var expected = passed
    stretches.removeAll { stretch in
      let count = stretch.count(within: distance) - stretch.count(within: beginning)
      let isPassed = stretch.distances.upperBound < distance
      if isPassed { passed += count }
      expected += count
      return isPassed
    }
    assert(expected >= 0 && passed >= 0, "numbers of events")
    return expected
  }

  private func distance(_ time: Int64) -> Double { Self.distance(time, isDescending) }

  /// Returns a measure that grows in the order of the page.
  private static func distance(_ time: Int64, _ isDescending: Bool) -> Double {
    isDescending ? -Double(time) : Double(time)
  }

  /// Returns what to read now; nil when nothing selected can belong to the page.
  /// - Parameter best: the nearest events found so far.
  mutating func opening(after best: NearestEvents) -> Opening? {
    candidates.removeAll { !best.mayTake($0.time) }
    candidates.sort { [isDescending] in isDescending ? $0.time > $1.time : $0.time < $1.time }
    let listed = candidates.prefix(groups.isEmpty ? Self.idsAtOnce : Self.idsBesideGroups)
    let opening = Opening(ids: listed.map(\.id), groups: groups)
    assert(opening.ids.count <= Self.idsAtOnce && opening.groups.count <= Self.groupsAtOnce)
    candidates.removeFirst(listed.count)
    groups = []
    return opening == Opening() ? nil : opening
  }
}
