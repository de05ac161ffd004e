/// The events of some spans in parts that one statement counts each. Every event is in exactly one part. Pure.
struct SpanParts {
  /// Events that one statement counts.
  enum Part: Hashable {
    /// The events of whole groups, as ranges of group numbers.
    case groups([Range<Int64>])
    /// Listed events: ids, each with the group that lists it.
    case listed(ids: [[UInt8]], groups: [Int64])
  }

  /// The most ranges of groups, and the most listed events, of one part.
  static let rangesAtOnce = 64
  static let idsAtOnce = 1_024

  private struct Listed: Hashable {
    let id: [UInt8]
    let group: Int64
  }

  /// The parts.
  let parts: [Part]

  /// Divides the events of `spans`. An event that is listed by a group that is counted as a whole is not counted again.
  init(_ spans: [SpanSearch.Span]) {
    let whole = Set(spans.filter { $0.listed == nil }.map(\.group))
    var listed: Set<Listed> = []
    for span in spans where !whole.contains(span.group) {
      for event in span.listed ?? [] { listed.insert(Listed(id: event.id, group: span.group)) }
    }
    let ranges = GroupRanges.of(whole)
    let groups = stride(from: 0, to: ranges.count, by: Self.rangesAtOnce).map { start in
      Part.groups(Array(ranges[start...].prefix(Self.rangesAtOnce)))
    }
    let events = Array(listed)
    let lists = stride(from: 0, to: events.count, by: Self.idsAtOnce).map { start in
      let some = events[start...].prefix(Self.idsAtOnce)
      return Part.listed(ids: some.map(\.id), groups: some.map(\.group))
    }
    parts = groups + lists
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
