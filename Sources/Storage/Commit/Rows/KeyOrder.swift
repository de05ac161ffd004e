/// The events of a group in the order of their keys, each key once. A key is (event id, topic), compared byte
/// by byte as `COLLATE "C"` does.
///
/// The database needs this order to insert without deadlocks, and sorts rows faster that are in order
/// already. Sorting and removing equal keys here costs 0.1 µs of this process's time for each event. Measured
/// with ascending ids, both together save 6 % of the database's time in groups of 5,000 events and 19 % in
/// groups of 20,000.
struct KeyOrder {
  /// Indices of the events, ordered by key; of events with equal keys, the first.
  private(set) var indices: [Int32] = []

  /// Sorts the events with the indices `chosen`, which ascend. `columns` has the bytes of each batch, which
  /// the fields of the events refer to.
  init(_ events: [StagedEvent], among chosen: [Int32], of columns: [[UInt8]]) {
    assert(events.allSatisfy { columns.indices.contains(Int($0.batch)) })
    let comparison = KeyComparison(columns: columns)
    indices.reserveCapacity(chosen.count)
    let skipped = comparison.commonPrefix(of: events, among: chosen)
    append(chosen, of: events, skipping: skipped, by: comparison)
    assert(indices.count <= chosen.count, "each key is in the order once")
    assert(
      zip(indices, indices.dropFirst()).allSatisfy { comparison.order(events[Int($0)], events[Int($1)]) < 0 },
      "the keys ascend")
  }

  /// Appends events in the order of their keys. Their indices `alike` ascend, and their ids are equal in the
  /// first `skipped` bytes or end before. In most cases the next eight bytes of the ids decide the order.
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

  /// Appends a run of events whose digits are equal.
  private mutating func appendRun(
    _ run: ArraySlice<DigitKey>, of events: [StagedEvent], skipping skipped: Int, by comparison: KeyComparison
  ) {
    if run.count <= Self.few {
      let first = indices.count
      for key in run { insert(key.event, of: events, from: first, by: comparison) }
    } else if run[run.startIndex].digits == 0 {
      // If the digits are zero, the ids have ended or go on with zero bytes. The keys are compared as a
      // whole.
      appendCompared(run.map(\.event), of: events, by: comparison)
    } else {
      append(run.map(\.event), of: events, skipping: skipped, by: comparison)
    }
  }

  /// Maximum number of events that are sorted by insertion.
  private static let few = 4

  /// Inserts an event into the sorted events from index `first` on, unless one of these events has an equal
  /// key.
  private mutating func insert(
    _ event: Int32, of events: [StagedEvent], from first: Int, by comparison: KeyComparison
  ) {
    assert(first <= indices.count, "a run begins within the order")
    var place = indices.count
    while place > first {
      let order = comparison.order(events[Int(indices[place - 1])], events[Int(event)])
      if order == 0 { return }
      if order < 0 { break }
      place -= 1
    }
    indices.insert(event, at: place)
  }

  /// Appends events, whose indices ascend, in the order of their keys.
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

/// Compares keys in place, in the columns of their batches.
private struct KeyComparison {
  let columns: [[UInt8]]

  /// Length in bytes of the common prefix of the ids of the chosen events.
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

  /// Eight bytes of the id after `skipped` bytes, with the first byte as the most significant; bytes after
  /// the end of the id are zero. Ids that differ only in zero bytes at the end have equal digits; `order`
  /// tells them apart.
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

  /// A negative number, zero or a positive number if the key of `one` is less than, equal to or greater than
  /// the key of `other`.
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
