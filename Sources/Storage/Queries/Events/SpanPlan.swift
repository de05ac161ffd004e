internal import Ingest

/// Which spans a search opens, and when. Pure.
///
/// A round trip costs more than a few events that turn out not to be wanted, and reading a group costs more than
/// a round trip. So spans are drawn until they should hold as many events as are wanted, by an estimate that
/// takes the events of a group to be evenly spread over their times. Events that spans list are known by
/// their times, and wait until the groups were read: most of the late ones are not wanted then.
struct SpanPlan {
  /// What one round reads.
  struct Opening: Equatable {
    /// Listed events, by their ids.
    var ids: [[UInt8]] = []
    /// Whole groups.
    var groups: [Int64] = []
  }

  /// Events of a drawn span, by their distances.
  private struct Stretch {
    let distances: ClosedRange<Double>
    let count: Double

    /// How many of them are nearer than `distance`.
    func count(within distance: Double) -> Double {
      let length = distances.upperBound - distances.lowerBound
      guard length > 0 else { return distance > distances.lowerBound ? count : 0 }
      return count * min(max((distance - distances.lowerBound) / length, 0), 1)
    }
  }

  private let query: EventQuery
  private let isDescending: Bool
  /// Where the page begins, as a distance.
  private let beginning: Double
  /// Events to expect in what is drawn.
  private var wanted: Double
  private var groups: [Int64] = []
  private var candidates: [ListedEvents.Event] = []
  /// The drawn spans that reach farther than the last one began, and how many events the others have.
  private var stretches: [Stretch] = []
  private var passed: Double = 0

  /// Groups and listed events that one round reads, at most, and listed events beside groups.
  static let groupsAtOnce = 64
  static let idsAtOnce = 1_024
  static let idsBesideGroups = 16
  /// Listed events that wait, at most. Those of a window in the past come with the spans of all that were
  /// late for it, and before the groups that most of its events are in.
  private static let mostCandidates = 16_384

  /// A plan to find the first `count` events of `query`.
  init(_ query: EventQuery, count: Int) {
    self.query = query
    let isDescending = query.order == .newestFirst
    self.isDescending = isDescending
    // Somewhat more, since another round is dearer than another group.
    wanted = Double(count) * 1.25
    let bounds = [isDescending ? query.until : query.since, query.after?.timestamp].compactMap(\.self)
    beginning = bounds.map { Self.distance($0, isDescending) }.max() ?? -.infinity
  }

  /// Whether the query asks for events of this time.
  func isWithin(_ time: Int64) -> Bool {
    guard query.since ?? .min <= time, time < query.until ?? .max else { return false }
    guard let after = query.after?.timestamp else { return true }
    return isDescending ? time <= after : time >= after
  }

  /// The time of the span's end that is nearest to where the page begins.
  func nearestTime(of span: SpanSearch.Span) -> Int64 {
    isDescending ? span.times.upperBound : span.times.lowerBound
  }

  /// Takes `span`, the next one by its nearest time, into what is to be read.
  /// - Returns: False when it is not needed yet: enough is to be read that is nearer.
  mutating func draw(_ span: SpanSearch.Span) -> Bool {
    guard groups.count < Self.groupsAtOnce, candidates.count < Self.mostCandidates,
      expected(within: distance(nearestTime(of: span))) < wanted
    else { return false }
    if let listed = span.listed {
      candidates += listed
      stretches += listed.map { Stretch(distances: distance($0.time)...distance($0.time), count: 1) }
    } else {
      groups.append(span.group)
      let (near, far) = (distance(span.times.lowerBound), distance(span.times.upperBound))
      stretches.append(Stretch(distances: min(near, far)...max(near, far), count: Double(max(1, span.count))))
    }
    return true
  }

  /// From now on, twice as many events are to be expected in what is drawn.
  mutating func wantMore() {
    wanted *= 2
  }

  /// How many events of what was drawn should lie between where the page begins and `distance`, which is not
  /// less than the last time.
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
    return expected
  }

  private func distance(_ time: Int64) -> Double { Self.distance(time, isDescending) }

  /// A measure for how far an event is from where any page begins.
  private static func distance(_ time: Int64, _ isDescending: Bool) -> Double {
    isDescending ? -Double(time) : Double(time)
  }

  /// What to read now; nil when nothing that was drawn can matter.
  /// - Parameter best: what was found up to now.
  mutating func opening(after best: NearestEvents) -> Opening? {
    candidates.removeAll { !best.mayTake($0.time) }
    candidates.sort { [isDescending] in isDescending ? $0.time > $1.time : $0.time < $1.time }
    let listed = candidates.prefix(groups.isEmpty ? Self.idsAtOnce : Self.idsBesideGroups)
    let opening = Opening(ids: listed.map(\.id), groups: groups)
    candidates.removeFirst(listed.count)
    groups = []
    return opening == Opening() ? nil : opening
  }
}
