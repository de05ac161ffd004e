/// A string of JSON text (RFC 8259, section 7).
enum JSONString {
  /// Returns the offset after the closing quotation mark of the string whose first character is at `start`.
  ///
  /// Inlined, because most strings are plain and end here.
  /// - Throws: `payloadSyntax`, `payloadText` or `payloadEscape`, whichever comes first.
  @inline(__always)
  static func end(
    from start: Int, in bytes: RawSpan, before end: Int, stops: inout StringDelimiters
  ) throws(DeadReason) -> Int {
    let stop = stops.next(from: start, in: bytes, before: end)
    if bytes.byte(at: stop, before: end) == UInt8(ascii: "\"") { return stop &+ 1 }
    return try endBehind(stop, in: bytes, before: end, stops: stops)
  }

  /// Does the same from `stop`, the first offset without a plain character. `stops` is a copy, so that the
  /// caller's value stays in registers; the caller's value catches up by itself.
  @inline(never)
  static func endBehind(
    _ stop: Int, in bytes: RawSpan, before end: Int, stops: StringDelimiters
  ) throws(DeadReason) -> Int {
    var (at, stops) = (stop, stops)
    while true {
      let byte = bytes.byte(at: at, before: end)
      if byte == UInt8(ascii: "\"") {
        return at + 1
      } else if byte == UInt8(ascii: "\\") {
        at = try endOfEscape(from: at, in: bytes, before: end)
      } else if byte >= 0x80 {
        guard let next = UTF8Sequence.end(from: at, in: bytes, before: end) else { throw .payloadText }
        at = next
      } else {
        throw .payloadSyntax
      }
      at = stops.next(from: at, in: bytes, before: end)
    }
  }

  /// Returns the offset after the escape whose backslash is at `start`, or after both escapes of a surrogate
  /// pair.
  private static func endOfEscape(
    from start: Int, in bytes: RawSpan, before end: Int
  ) throws(DeadReason) -> Int {
    switch bytes.byte(at: start + 1, before: end) {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
      UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      return start + 2
    case UInt8(ascii: "u"):
      break
    default:
      throw .payloadSyntax
    }
    guard let unit = hexadecimal(at: start + 2, in: bytes, before: end) else { throw .payloadSyntax }
    switch unit {
    case 0, 0xDC00...0xDFFF:
      throw .payloadEscape
    case 0xD800...0xDBFF:
      let low = start + 6
      guard bytes.byte(at: low, before: end) == UInt8(ascii: "\\"),
        bytes.byte(at: low + 1, before: end) == UInt8(ascii: "u"),
        let second = hexadecimal(at: low + 2, in: bytes, before: end),
        (0xDC00...0xDFFF).contains(second)
      else { throw .payloadEscape }
      return low + 6
    default:
      return start + 6
    }
  }

  /// Returns the number of four hexadecimal digits at `start`; nil when one of them is not a digit.
  private static func hexadecimal(at start: Int, in bytes: RawSpan, before end: Int) -> UInt32? {
    var number: UInt32 = 0
    for offset in start..<start + 4 {
      let byte = bytes.byte(at: offset, before: end)
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
      default: return nil
      }
      number = number << 4 | UInt32(digit)
    }
    return number
  }
}
