/// Events that one statement counts.
enum CountPart: Hashable {
  /// The events of whole groups in a range of times, by the numbers of the groups.
  case groups([Int64], during: ClosedRange<Int64>)
  /// Listed events.
  case listed([Listed])

  /// A listed event, and the group whose span lists it.
  struct Listed: Hashable {
    let event: ListedEvents.Event
    let group: Int64
  }

  /// The most listed events of a part.
  static let mostListed = 1_024

  /// Two parts that together have the events of this one; empty when it is not divided further: a single event, or
  /// the events that a single group has in less than a millisecond.
  var halves: [CountPart] {
    switch self {
    case .groups(let groups, let times) where groups.count > 1:
      let middle = groups.count / 2
      return [
        .groups(Array(groups[..<middle]), during: times), .groups(Array(groups[middle...]), during: times),
      ]
    case .groups(let groups, let times):
      let width = times.upperBound.subtractingReportingOverflow(times.lowerBound)
      guard width.overflow || width.partialValue >= SliceWalk.leastWidth else { return [] }
      // The sum of both bounds may be too large for an integer.
      let middle = (times.lowerBound >> 1) + (times.upperBound >> 1)
      return [
        .groups(groups, during: times.lowerBound...middle),
        .groups(groups, during: middle + 1...times.upperBound),
      ]
    case .listed(let events):
      guard events.count > 1 else { return [] }
      let middle = events.count / 2
      return [.listed(Array(events[..<middle])), .listed(Array(events[middle...]))]
    }
  }
}

/// Numbers of groups as ranges.
enum GroupRanges {
  /// Returns the ranges that together have exactly `groups`, ascending.
  static func of(_ groups: some Sequence<Int64>) -> [Range<Int64>] {
    groups.sorted().reduce(into: []) { ranges, group in
      if let last = ranges.last, last.upperBound >= group {
        ranges[ranges.count - 1] = last.lowerBound..<max(last.upperBound, group + 1)
      } else {
        ranges.append(group..<group + 1)
      }
    }
  }
}
