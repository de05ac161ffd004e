/// The events of a group in the order of their keys, each key once: (event id, topic), compared byte by
/// byte as `COLLATE "C"` does.
///
/// The database needs this order to insert without deadlocks, and finds it quicker in rows that have it
/// already. Measured together with the equal keys that it never sees, with ids that rise: 6 % less of the
/// database's time in groups of 5,000 events, 19 % in groups of 20,000, for 0.1 µs of this process's.
struct KeyOrder {
  /// Indices of events by key; of equal keys the event that came first.
  private(set) var indices: [Int32] = []

  /// Sorts those of `events` that `chosen` names, ascending. Their fields stand in `columns`, the bytes of each
  /// batch.
  init(_ events: [StagedEvent], among chosen: [Int32], of columns: [[UInt8]]) {
    assert(events.allSatisfy { columns.indices.contains(Int($0.batch)) })
    let comparison = KeyComparison(columns: columns)
    indices.reserveCapacity(chosen.count)
    let skipped = comparison.commonPrefix(of: events, among: chosen)
    append(chosen, of: events, skipping: skipped, by: comparison)
  }

  /// Adds events, ascending by index, of which the ids begin with the same `skipped` bytes or have ended, in
  /// the order of their keys. Eight more bytes of the ids mostly decide.
  private mutating func append(
    _ alike: [Int32], of events: [StagedEvent], skipping skipped: Int, by comparison: KeyComparison
  ) {
    var keys = alike.map { index in
      DigitKey(digits: comparison.digits(of: events[Int(index)], skipping: skipped), event: index)
    }
    keys.sortByDigits()
    var start = 0
    while start < keys.count {
      let digits = keys[start].digits
      var end = start + 1
      while end < keys.count, keys[end].digits == digits { end += 1 }
      appendRun(keys[start..<end], of: events, skipping: skipped + 8, by: comparison)
      start = end
    }
  }

  /// Adds events with the same digits.
  private mutating func appendRun(
    _ run: ArraySlice<DigitKey>, of events: [StagedEvent], skipping skipped: Int, by comparison: KeyComparison
  ) {
    if run.count <= Self.few {
      let first = indices.count
      for key in run { insert(key.event, of: events, from: first, by: comparison) }
    } else if run[run.startIndex].digits == 0 {
      // Without digits the ids have ended, so that only topics are left.
      appendCompared(run.map(\.event), of: events, by: comparison)
    } else {
      append(run.map(\.event), of: events, skipping: skipped, by: comparison)
    }
  }

  /// So many are inserted one by one.
  private static let few = 4

  /// Puts an event into its place among those from `first` on, unless one of them has its key.
  private mutating func insert(
    _ event: Int32, of events: [StagedEvent], from first: Int, by comparison: KeyComparison
  ) {
    var place = indices.count
    while place > first {
      let order = comparison.order(events[Int(indices[place - 1])], events[Int(event)])
      if order == 0 { return }
      if order < 0 { break }
      place -= 1
    }
    indices.insert(event, at: place)
  }

  /// Adds events, ascending by index, in the order of their keys.
  private mutating func appendCompared(
    _ alike: [Int32], of events: [StagedEvent], by comparison: KeyComparison
  ) {
    let sorted = alike.sorted { one, other in
      let order = comparison.order(events[Int(one)], events[Int(other)])
      return order == 0 ? one < other : order < 0
    }
    var last: Int32?
    for event in sorted {
      if let last, comparison.order(events[Int(last)], events[Int(event)]) == 0 { continue }
      indices.append(event)
      last = event
    }
  }
}

/// Compares keys where they stand, in the columns of their batches.
private struct KeyComparison {
  let columns: [[UInt8]]

  /// How many bytes the ids of the chosen events begin with.
  func commonPrefix(of events: [StagedEvent], among chosen: [Int32]) -> Int {
    guard let first = chosen.first.map({ events[Int($0)] }) else { return 0 }
    let firstColumns = columns[Int(first.batch)]
    let expected = firstColumns.span.extracting(first.id.range)
    var length = expected.count
    for index in chosen where length > 0 {
      let event = events[Int(index)]
      let bytes = columns[Int(event.batch)]
      let id = bytes.span.extracting(event.id.range)
      length = min(length, id.count)
      var alike = 0
      while alike < length, id[alike] == expected[alike] { alike += 1 }
      length = alike
    }
    return length
  }

  /// Eight bytes of the id behind `skipped`, the first one the most significant, zeros behind its end.
  /// Two ids that only differ in zeros at the end are told apart by `order`.
  func digits(of event: StagedEvent, skipping skipped: Int) -> UInt64 {
    let bytes = columns[Int(event.batch)]
    let span = bytes.span
    let rest = event.id.range.dropFirst(skipped)
    guard rest.count >= 8 else {
      return rest.reduce(0) { $0 << 8 | UInt64(span[$1]) } << UInt64(8 * (8 - rest.count))
    }
    // Every bit pattern is an integer, and the bounds are checked.
    return UInt64(bigEndian: span.bytes.unsafeLoadUnaligned(fromByteOffset: rest.lowerBound, as: UInt64.self))
  }

  /// Negative, zero or positive, as the key of `one` is less than, equal to or greater than that of `other`.
  func order(_ one: StagedEvent, _ other: StagedEvent) -> Int {
    let bytes = columns[Int(one.batch)]
    let otherBytes = columns[Int(other.batch)]
    let (span, otherSpan) = (bytes.span, otherBytes.span)
    let ids = Self.order(span.extracting(one.id.range), otherSpan.extracting(other.id.range))
    if ids != 0 { return ids }
    return Self.order(span.extracting(one.topic.range), otherSpan.extracting(other.topic.range))
  }

  private static func order(_ name: Span<UInt8>, _ other: Span<UInt8>) -> Int {
    for place in 0..<min(name.count, other.count) where name[place] != other[place] {
      return Int(name[place]) - Int(other[place])
    }
    return name.count - other.count
  }
}
