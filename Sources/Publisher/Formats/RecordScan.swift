/// Looks for the end of one record in bytes that arrive in parts. Between two parts the scan keeps whether it is within
/// quotation marks, and how deep.
struct RecordScan: Hashable, Sendable {
  private let kind: RecordBoundary.Kind
  private let isArray: Bool
  private var isQuoted = false
  /// Whether a quotation mark here begins a quoted part of a line: at the start of a field, and after the mark that seems
  /// to end one, because two marks stand for one. Elsewhere a mark is wrong, and must not take the next lines with it.
  private var canBegin = true
  /// Arrays and objects of a value that are open.
  private var depth = 0
  private var isEscaped = false
  /// Whether the value has a byte.
  private var hasByte = false

  /// - Parameter isArray: whether values are the elements of an array.
  init(_ kind: RecordBoundary.Kind, isArray: Bool) {
    self.kind = kind
    self.isArray = isArray
  }

  /// Returns the index after the record, and the index after the end of its line; nil when the record goes on after
  /// `bytes`. The first call begins with the first byte of the record, and each later call with the next byte.
  mutating func end(in bytes: [UInt8], from start: Int) -> (end: Int, next: Int)? {
    switch kind {
    case .lines: bytes[start...].firstIndex(of: UInt8(ascii: "\n")).map { ($0, $0 + 1) }
    case .quotedLines: quotedLineEnd(bytes, start).map { ($0, $0 + 1) }
    case .values: valueEnd(bytes, start).map { ($0, $0) }
    }
  }

  private mutating func quotedLineEnd(_ bytes: [UInt8], _ start: Int) -> Int? {
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

  private mutating func valueEnd(_ bytes: [UInt8], _ start: Int) -> Int? {
    for index in start..<bytes.count {
      let byte = bytes[index]
      defer { hasByte = true }
      if isQuoted {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isQuoted = false
          if depth == 0 { return index + 1 }
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isQuoted = true
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        // A stray bracket is a record of its own.
        if depth <= 0 { return depth == 0 || !hasByte ? index + 1 : index }
      default: if depth == 0, Self.isSeparator(byte, isArray) { return index }
      }
    }
    return nil
  }

  /// Whether a byte is between values. Wrong commas of an array are not looked at.
  static func isSeparator(_ byte: UInt8, _ isArray: Bool) -> Bool {
    switch byte {
    case 0x20, 0x09, 0x0A, 0x0D: true
    case UInt8(ascii: ","), UInt8(ascii: "]"): isArray
    default: false
    }
  }
}
