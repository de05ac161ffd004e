/// Finds the ends of records in the bytes of an input.
struct RecordBoundary: Hashable, Sendable {
  enum Kind: Hashable, Sendable {
    /// A record is a line.
    case lines
    /// A record is a line. Line ends in a field between quotation marks belong to the record (RFC 4180, section 2).
    case quotedLines
    /// A record is a JSON value. Values have spaces or line ends between them, or are the elements of one array.
    case values
  }

  /// A complete record.
  struct Record: Hashable {
    let range: Range<Int>
    /// Index after the record and what separates it from the next one.
    let next: Int
  }

  private let kind: Kind
  private var hasBegun = false
  private var isArray = false

  init(_ kind: Kind) {
    self.kind = kind
  }

  /// Returns the record that begins at `start`; nil when its end is not among the bytes.
  mutating func record(in bytes: [UInt8], from start: Int) -> Record? {
    guard let (first, isArray) = beginning(in: bytes, from: start) else { return nil }
    var scan = RecordScan(kind, isArray: isArray)
    guard let (end, next) = scan.end(in: bytes, from: first) else { return nil }
    // Not before, because the same bytes come again when the value goes on.
    (hasBegun, self.isArray) = (true, isArray)
    return Record(range: first..<end, next: next)
  }

  /// Returns the first byte of a record whose end is not among the bytes from `start` on, and the scan that goes on in
  /// the bytes after them; nil when only separators are left.
  mutating func open(in bytes: [UInt8], from start: Int) -> (first: Int, scan: RecordScan)? {
    guard let (first, isArray) = beginning(in: bytes, from: start) else { return nil }
    var scan = RecordScan(kind, isArray: isArray)
    let end = scan.end(in: bytes, from: first)
    assert(end == nil, "a record with an end is not open")
    (hasBegun, self.isArray) = (true, isArray)
    return (first, scan)
  }

  /// Returns the range of the last record, which has no end; nil when only separators are left.
  func rest(of bytes: [UInt8]) -> Range<Int>? {
    guard kind == .values else { return bytes.isEmpty ? nil : 0..<bytes.count }
    return beginning(in: bytes, from: 0).map { $0.place..<bytes.count }
  }

  /// Returns the first byte of the next record, of a value after the bracket of the array, and whether the values are in
  /// an array; nil when only separators of values are left.
  private func beginning(in bytes: [UInt8], from start: Int) -> (place: Int, isArray: Bool)? {
    guard kind == .values else { return (start, false) }
    guard let first = bytes[start...].firstIndex(where: { !RecordScan.isSeparator($0, isArray) }) else {
      return nil
    }
    guard !hasBegun, bytes[first] == UInt8(ascii: "[") else { return (first, isArray) }
    return bytes[(first + 1)...].firstIndex { !RecordScan.isSeparator($0, true) }.map { ($0, true) }
  }
}
