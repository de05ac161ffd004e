internal import WireProtocol

/// The events of a group in the order of their keys, each key once: (event id, topic), compared byte by
/// byte as `COLLATE "C"` does.
///
/// The database needs this order to insert without deadlocks, and finds it quicker in rows that have it
/// already: together with the equal keys that it never sees, this was measured to save about a tenth of
/// its time.
struct KeyOrder {
  /// An event of the group.
  struct Row {
    /// Index of its batch in the group's columns.
    let batch: Int32
    /// Zero-based place in the batch.
    let position: Int32
    /// Where its fields stand.
    let event: EventPlace
  }

  /// What is sorted: eight bytes of the id, behind the ones with which all ids begin, and whose they are.
  /// Mostly they decide.
  private struct Key {
    let digits: UInt64
    let row: Int32
  }

  /// Indices of rows by key; of equal keys the row that came first.
  private(set) var indices: [Int32] = []

  /// Sorts `rows` of batches with these columns; `topics` has the places of each batch's topics.
  init(_ rows: [Row], of columns: [EventColumns], topics: [[Range<Int>]]) {
    let comparison = KeyComparison(bytes: columns.map(\.bytes), topics: topics)
    let skipped = comparison.commonPrefix(of: rows)
    var keys = rows.indices.map { index in
      Key(digits: comparison.digits(of: rows[index], skipping: skipped), row: Int32(index))
    }
    keys.sort { one, other in
      guard one.digits == other.digits else { return one.digits < other.digits }
      let order = comparison.order(rows[Int(one.row)], rows[Int(other.row)])
      return order == 0 ? one.row < other.row : order < 0
    }
    indices.reserveCapacity(rows.count)
    var last: Key?
    for key in keys {
      if let last, last.digits == key.digits,
        comparison.order(rows[Int(last.row)], rows[Int(key.row)]) == 0
      {
        continue
      }
      indices.append(key.row)
      last = key
    }
  }
}

/// Compares keys where they stand, in the columns of their batches.
private struct KeyComparison {
  let bytes: [[UInt8]]
  let topics: [[Range<Int>]]

  /// How many bytes all ids begin with.
  func commonPrefix(of rows: [KeyOrder.Row]) -> Int {
    guard let first = rows.first else { return 0 }
    let firstColumns = bytes[Int(first.batch)]
    let expected = firstColumns.span.extracting(first.event.id)
    var length = expected.count
    for row in rows where length > 0 {
      let columns = bytes[Int(row.batch)]
      let id = columns.span.extracting(row.event.id)
      length = min(length, id.count)
      var alike = 0
      while alike < length, id[alike] == expected[alike] { alike += 1 }
      length = alike
    }
    return length
  }

  /// Eight bytes of the id behind `skipped`, the first one the most significant, zeros behind its end.
  /// Two ids that only differ in zeros at the end are told apart by `order`.
  func digits(of row: KeyOrder.Row, skipping skipped: Int) -> UInt64 {
    let columns = bytes[Int(row.batch)]
    let span = columns.span
    let rest = row.event.id.dropFirst(skipped)
    guard rest.count >= 8 else {
      return rest.reduce(0) { $0 << 8 | UInt64(span[$1]) } << UInt64(8 * (8 - rest.count))
    }
    // Every bit pattern is an integer, and the bounds are checked.
    return UInt64(bigEndian: span.bytes.unsafeLoadUnaligned(fromByteOffset: rest.lowerBound, as: UInt64.self))
  }

  /// Negative, zero or positive, as the key of `one` is less than, equal to or greater than that of `other`.
  func order(_ one: KeyOrder.Row, _ other: KeyOrder.Row) -> Int {
    let ids = order(one, one.event.id, other, other.event.id)
    if ids != 0 { return ids }
    return order(
      one, topics[Int(one.batch)][one.event.topic], other, topics[Int(other.batch)][other.event.topic])
  }

  private func order(
    _ one: KeyOrder.Row, _ range: Range<Int>, _ other: KeyOrder.Row, _ otherRange: Range<Int>
  ) -> Int {
    let columns = bytes[Int(one.batch)]
    let otherColumns = bytes[Int(other.batch)]
    let name = columns.span.extracting(range)
    let otherName = otherColumns.span.extracting(otherRange)
    for place in 0..<min(name.count, otherName.count) where name[place] != otherName[place] {
      return Int(name[place]) - Int(otherName[place])
    }
    return name.count - otherName.count
  }
}
