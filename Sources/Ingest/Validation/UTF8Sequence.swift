/// One character in UTF-8 (RFC 3629, section 4).
enum UTF8Sequence {
  /// The end of the sequence of two to four bytes that starts at `start`, where a byte of 0x80 or
  /// more stands. Nil when it is cut off at `end`, overlong, half of a surrogate pair, beyond
  /// U+10FFFF, or no sequence at all.
  static func end(from start: Int, in bytes: RawSpan, before end: Int) -> Int? {
    let lead = bytes.byte(at: start, before: end)
    let second = bytes.byte(at: start + 1, before: end)
    let count: Int
    switch lead {
    case 0xC2...0xDF:
      return isTail(second) ? start + 2 : nil
    case 0xE0: count = (0xA0...0xBF).contains(second) ? 3 : 0
    case 0xED: count = (0x80...0x9F).contains(second) ? 3 : 0
    case 0xE1...0xEF: count = isTail(second) ? 3 : 0
    case 0xF0: count = (0x90...0xBF).contains(second) ? 4 : 0
    case 0xF1...0xF3: count = isTail(second) ? 4 : 0
    case 0xF4: count = (0x80...0x8F).contains(second) ? 4 : 0
    default: return nil
    }
    guard count > 0, isTail(bytes.byte(at: start + 2, before: end)) else { return nil }
    guard count == 3 || isTail(bytes.byte(at: start + 3, before: end)) else { return nil }
    return start + count
  }

  @inline(__always)
  private static func isTail(_ byte: UInt8) -> Bool {
    byte & 0xC0 == 0x80
  }
}
