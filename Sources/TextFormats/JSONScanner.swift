/// A scanner that walks through JSON text (RFC 8259) from token to token. It builds no tree, does not
/// recurse, and copies only the strings that the caller asks for.
///
/// The scanner holds only positions; the caller passes the same bytes to every call.
package struct JSONScanner {
  /// The position of the next token, or of the whitespace before it.
  package private(set) var place: Int
  private let end: Int

  /// A scanner at the beginning of `range`.
  package init(_ range: Range<Int>) {
    self.place = range.lowerBound
    self.end = range.upperBound
  }

  /// Returns the first byte of the next token; 0 at the end, because no token begins with NUL.
  package mutating func peek(in bytes: RawSpan) -> UInt8 {
    while place < end {
      let byte = Self.byte(place, bytes)
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
      place += 1
    }
    return 0
  }

  /// Whether only whitespace is left.
  package mutating func isAtEnd(in bytes: RawSpan) -> Bool {
    _ = peek(in: bytes)
    return place == end
  }

  /// Consumes `token` if it is next. Returns whether it was next.
  package mutating func takes(_ token: Unicode.Scalar, in bytes: RawSpan) -> Bool {
    guard peek(in: bytes) == UInt8(ascii: token), place < end else { return false }
    place += 1
    return true
  }

  /// Consumes `token`, which must be next.
  package mutating func take(_ token: Unicode.Scalar, in bytes: RawSpan) throws(JSONSyntaxError) {
    guard takes(token, in: bytes) else { throw error("\"\(token)\" is missing") }
  }

  /// Consumes the name of a member, decoded into `name`, and the colon.
  package mutating func name(into name: inout [UInt8], in bytes: RawSpan) throws(JSONSyntaxError) {
    _ = try string(into: &name, in: bytes)
    try take(":", in: bytes)
  }

  /// Consumes any value without a check of its contents, which is the task of `JSONValidator`.
  /// - Returns: The range of the value. A missing value is an error.
  package mutating func value(in bytes: RawSpan) throws(JSONSyntaxError) -> Range<Int> {
    let first = peek(in: bytes)
    let start = place
    switch first {
    case UInt8(ascii: "\""): try skipString(in: bytes)
    case UInt8(ascii: "{"), UInt8(ascii: "["): try skipContainer(in: bytes)
    default:
      while place < end, Self.isWordByte(Self.byte(place, bytes)) { place += 1 }
    }
    guard place > start else { throw error("a value is missing") }
    return start..<place
  }

  /// Returns an error at the current position.
  package func error(_ message: String) -> JSONSyntaxError {
    JSONSyntaxError(offset: place, message: place == end ? "\(message) at the end" : message)
  }

  private mutating func skipContainer(in bytes: RawSpan) throws(JSONSyntaxError) {
    var depth = 0
    repeat {
      guard place < end else { throw error("an object or array is not closed") }
      switch Self.byte(place, bytes) {
      case UInt8(ascii: "\""):
        try skipString(in: bytes)
        continue
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      default: break
      }
      place += 1
    } while depth > 0
  }

  private mutating func skipString(in bytes: RawSpan) throws(JSONSyntaxError) {
    place += 1
    while place < end {
      let byte = Self.byte(place, bytes)
      place += byte == UInt8(ascii: "\\") ? 2 : 1
      if byte == UInt8(ascii: "\"") { return }
    }
    place = end
    throw error("a string is not closed")
  }

  /// Whether `byte` is a letter, a digit, a sign or a point, of which numbers, `true`, `false` and `null`
  /// consist.
  private static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."): true
    default: false
    }
  }

  @inline(__always)
  package static func byte(_ place: Int, _ bytes: RawSpan) -> UInt8 {
    bytes.unsafeLoad(fromByteOffset: place, as: UInt8.self)
  }
}

extension JSONScanner {
  /// Consumes a string and decodes it into `text`, whose memory is reused. Bytes above 0x7F are copied
  /// unchanged; the caller checks whether they are UTF-8.
  /// - Returns: false when the string holds half of a surrogate pair, which cannot be text.
  package mutating func string(into text: inout [UInt8], in bytes: RawSpan) throws(JSONSyntaxError) -> Bool {
    guard peek(in: bytes) == UInt8(ascii: "\"") else { throw error("a string is missing") }
    place += 1
    text.removeAll(keepingCapacity: true)
    var isText = true
    while true {
      let start = place
      while place < end, Self.isPlain(Self.byte(place, bytes)) { place &+= 1 }
      if place > start {
        bytes.extracting(start..<place).withUnsafeBytes { text.append(contentsOf: $0) }
      }
      guard place < end else { throw error("a string is not closed") }
      switch Self.byte(place, bytes) {
      case UInt8(ascii: "\""):
        place += 1
        return isText
      case UInt8(ascii: "\\"):
        place += 1
        isText = try escape(into: &text, in: bytes) && isText
      default: throw error("a control character in a string is not escaped")
      }
    }
  }

  /// Whether a byte in a string stands for itself.
  private static func isPlain(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
  }

  /// Decodes the rest of an escape after its backslash (RFC 8259, section 7).
  private mutating func escape(into text: inout [UInt8], in bytes: RawSpan) throws(JSONSyntaxError) -> Bool {
    guard place < end else { throw error("a string is not closed") }
    let byte = Self.byte(place, bytes)
    place += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      guard let scalar = try scalar(in: bytes) else { return false }
      text.append(contentsOf: Character(scalar).utf8)
    default:
      place -= 1
      throw error("\"\\\" must be followed by one of \"\\/bfnrtu")
    }
    return true
  }

  /// Returns the scalar of the digits after `\u`, and of a second escape if there must be one; nil for half
  /// of a surrogate pair.
  private mutating func scalar(in bytes: RawSpan) throws(JSONSyntaxError) -> Unicode.Scalar? {
    let unit = try codeUnit(in: bytes)
    guard UTF16.isLeadSurrogate(unit), place + 1 < end, Self.byte(place, bytes) == UInt8(ascii: "\\"),
      Self.byte(place + 1, bytes) == UInt8(ascii: "u")
    else { return Unicode.Scalar(unit) }
    let afterFirst = place
    place += 2
    let second = try codeUnit(in: bytes)
    guard UTF16.isTrailSurrogate(second) else {
      place = afterFirst
      return nil
    }
    return Unicode.Scalar(0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(second) - 0xDC00))
  }

  private mutating func codeUnit(in bytes: RawSpan) throws(JSONSyntaxError) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard place < end, let digit = HexadecimalDigit.value(of: Self.byte(place, bytes)) else {
        throw error("\"\\u\" must be followed by four hexadecimal digits")
      }
      unit = unit << 4 | UInt16(digit)
      place += 1
    }
    return unit
  }
}

/// The reason why bytes are not JSON.
package struct JSONSyntaxError: Error, Hashable {
  /// The position of the error, in bytes from the beginning.
  package let offset: Int
  /// A description of the error.
  package let message: String
}
