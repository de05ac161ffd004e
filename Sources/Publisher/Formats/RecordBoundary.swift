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
    switch kind {
    case .lines:
      return bytes[start...].firstIndex(of: UInt8(ascii: "\n")).map {
        Record(range: start..<$0, next: $0 + 1)
      }
    case .quotedLines:
      return Self.quotedLineEnd(bytes, start).map { Record(range: start..<$0, next: $0 + 1) }
    case .values: return value(in: bytes, from: start)
    }
  }

  private static func quotedLineEnd(_ bytes: [UInt8], _ start: Int) -> Int? {
    var isQuoted = false
    // Whether a quotation mark here begins a quoted part: at the start of a field, and after the mark that seems to
    // end one, because two marks stand for one. Elsewhere a mark is wrong, and must not take the next lines with it.
    var canBegin = true
    for index in start..<bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "\"") where isQuoted: (isQuoted, canBegin) = (false, true)
      case UInt8(ascii: "\"") where canBegin: isQuoted = true
      case UInt8(ascii: "\n") where !isQuoted: return index
      case let byte: canBegin = byte == UInt8(ascii: ",")
      }
    }
    return nil
  }

  /// Returns the range of the last record, which has no end; nil when only separators are left.
  func rest(of bytes: [UInt8]) -> Range<Int>? {
    guard kind == .values else { return bytes.isEmpty ? nil : 0..<bytes.count }
    return beginning(in: bytes, from: 0).map { $0.place..<bytes.count }
  }

  private mutating func value(in bytes: [UInt8], from start: Int) -> Record? {
    guard let (first, isArray) = beginning(in: bytes, from: start), let end = end(of: bytes, first, isArray)
    else { return nil }
    // Not before, because the same bytes come again when the value goes on.
    (hasBegun, self.isArray) = (true, isArray)
    return Record(range: first..<end, next: end)
  }

  /// Returns the first byte of the next value, after the bracket of the array, and whether the values are in an array;
  /// nil when only separators are left.
  private func beginning(in bytes: [UInt8], from start: Int) -> (place: Int, isArray: Bool)? {
    guard let first = bytes[start...].firstIndex(where: { !Self.isSeparator($0, isArray) }) else {
      return nil
    }
    guard !hasBegun, bytes[first] == UInt8(ascii: "[") else { return (first, isArray) }
    return bytes[(first + 1)...].firstIndex { !Self.isSeparator($0, true) }.map { ($0, true) }
  }

  /// Whether a byte stands between values. What is wrong with the commas of an array is not looked at.
  private static func isSeparator(_ byte: UInt8, _ isArray: Bool) -> Bool {
    switch byte {
    case 0x20, 0x09, 0x0A, 0x0D: true
    case UInt8(ascii: ","), UInt8(ascii: "]"): isArray
    default: false
    }
  }

  /// The index after the value that begins at `first`; nil when the value goes on.
  private func end(of bytes: [UInt8], _ first: Int, _ isArray: Bool) -> Int? {
    var (depth, isString, isEscaped) = (0, false, false)
    for index in first..<bytes.count {
      let byte = bytes[index]
      if isString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isString = false
          if depth == 0 { return index + 1 }
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isString = true
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        // A stray bracket is a record of its own.
        if depth <= 0 { return depth == 0 ? index + 1 : max(index, first + 1) }
      default: if depth == 0, Self.isSeparator(byte, isArray) { return index }
      }
    }
    return nil
  }
}
