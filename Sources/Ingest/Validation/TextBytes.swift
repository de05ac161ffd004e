/// Reads text whose bounds were checked once: each offset is 0 or more and only grows, and `end` is within
/// the span. Each read compares its offset with `end` (or `endOfWords`), so the bounds check of the span
/// would repeat the same comparison; it would cost a fifth of the whole validation. Debug builds make that
/// check anyway.
extension RawSpan {
  /// Returns the byte at `place`, or 0 from `end` on. NUL is not part of any token, so the end of the text
  /// needs no branch of its own.
  @inline(__always)
  func byte(at place: Int, before end: Int) -> UInt8 {
    assert(place >= 0 && end <= byteCount)
    guard place < end else { return 0 }
    return unsafeLoad(fromUncheckedByteOffset: place, as: UInt8.self)
  }

  /// Returns the two bytes from `place` on, the first one lower; 0 when fewer than two are left.
  @inline(__always)
  func pair(at place: Int, before end: Int) -> UInt16 {
    assert(place >= 0 && end <= byteCount)
    guard place < end &- 1 else { return 0 }
    return UInt16(littleEndian: unsafeLoadUnaligned(fromUncheckedByteOffset: place, as: UInt16.self))
  }

  /// Returns the offset at which reading eight bytes at once must stop: at `end`, or earlier when fewer than
  /// eight bytes are left in the span. Bytes between `end` and the end of the span may be read, but are
  /// ignored.
  @inline(__always)
  func endOfWords(before end: Int) -> Int {
    assert(end <= byteCount)
    return Swift.min(end, byteCount - 7)
  }

  /// Returns eight bytes from `place` on, the first one lowest; `place` must be below `endOfWords`.
  @inline(__always)
  func eightBytes(at place: Int) -> UInt64 {
    assert(place >= 0 && place <= byteCount - 8)
    return UInt64(littleEndian: unsafeLoadUnaligned(fromUncheckedByteOffset: place, as: UInt64.self))
  }

  /// Returns four bytes from `place` on, the first one lowest. Traps outside of the span.
  @inline(__always)
  func fourBytes(at place: Int) -> UInt32 {
    UInt32(littleEndian: unsafeLoadUnaligned(fromByteOffset: place, as: UInt32.self))
  }
}

/// Eight bytes of text in one integer, the first byte lowest, with tests of all of them at once.
///
/// A test sets the high bit of each byte that it finds. Only the lowest of these bits is exact: a subtraction
/// may borrow from the byte above the first find and set its bit by mistake.
enum EightBytes {
  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let highBits: UInt64 = 0x8080_8080_8080_8080

  /// Finds bytes that are not decimal digits.
  @inline(__always)
  static func nonDigits(_ word: UInt64) -> UInt64 {
    let distance = word ^ ones &* 0x30
    return (distance &+ ones &* 0x76 | distance) & highBits
  }

  /// Finds bytes that a name of ASCII characters cannot contain: NUL, and bytes that are not ASCII.
  @inline(__always)
  static func nameStops(_ word: UInt64) -> UInt64 {
    (word &- ones | word) & highBits
  }

  /// Returns the index of the first find; `flags` must not be zero.
  @inline(__always)
  static func first(_ flags: UInt64) -> Int {
    flags.trailingZeroBitCount &>> 3
  }
}

/// A character in UTF-8 (RFC 3629, section 4).
enum UTF8Sequence {
  /// Returns the end of the sequence of two to four bytes at `start`, whose first byte is 0x80 or more.
  /// Returns nil when the sequence is cut off at `end`, overlong, half of a surrogate pair, above U+10FFFF,
  /// or invalid.
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
