extension EventLineScanner {
  /// A string between its quotation marks.
  struct Text: Hashable {
    let range: Range<Int>
    let hasEscapes: Bool
  }

  /// Takes a string. U+0000 and half of a surrogate pair are refused, since the server stores neither.
  mutating func string(_ bytes: RawSpan) throws(LineProblem) -> Text {
    try expect(UInt8(ascii: "\""), "a string", bytes)
    let start = position
    var hasEscapes = false
    while let byte = peek(bytes) {
      switch byte {
      case UInt8(ascii: "\""):
        defer { advance() }
        return Text(range: start..<position, hasEscapes: hasEscapes)
      case UInt8(ascii: "\\"):
        hasEscapes = true
        _ = try escape(bytes)
      case 0..<0x20:
        throw LineProblem("a control character in a string at byte \(position + 1); escape it")
      default:
        advance()
      }
    }
    throw LineProblem("a string that begins at byte \(start) has no end")
  }

  /// Takes an escape and returns the scalar it stands for.
  mutating func escape(_ bytes: RawSpan) throws(LineProblem) -> Unicode.Scalar {
    advance()
    guard let letter = peek(bytes) else { throw .expected("an escape", at: position) }
    advance()
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return try unicodeEscape(bytes)
    default: throw LineProblem("an unknown escape at byte \(position - 1)")
    }
  }

  private mutating func unicodeEscape(_ bytes: RawSpan) throws(LineProblem) -> Unicode.Scalar {
    let first = try fourHexDigits(bytes)
    guard first != 0 else {
      throw LineProblem("the escape \\u0000 before byte \(position + 1) cannot be stored")
    }
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xDC00, take(#"\u"#, bytes) else { throw halfPair }
    let second = try fourHexDigits(bytes)
    guard (0xDC00..<0xE000).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    else { throw halfPair }
    return scalar
  }

  private var halfPair: LineProblem { LineProblem("half of a surrogate pair before byte \(position + 1)") }

  private mutating func fourHexDigits(_ bytes: RawSpan) throws(LineProblem) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek(bytes), let digit = Self.hexDigit(byte) else {
        throw .expected("four hexadecimal digits", at: position)
      }
      value = value << 4 | UInt32(digit)
      advance()
    }
    return value
  }

  private static func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
