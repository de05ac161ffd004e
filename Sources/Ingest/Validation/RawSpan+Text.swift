/// Reading text whose bounds were checked once: every place is 0 or more and only grows, and `end` does
/// not exceed the span. Each read compares its place with `end` (or with the place where eight bytes are
/// left), so that the span's own check would be the same comparison again; it costs a fifth of
/// the whole validation. Debug builds make it all the same.
extension RawSpan {
  /// The byte at `place`, or 0 from `end` on: NUL is no part of any token, so that "nothing left"
  /// needs no branch of its own.
  @inline(__always)
  func byte(at place: Int, before end: Int) -> UInt8 {
    assert(place >= 0 && end <= byteCount)
    guard place < end else { return 0 }
    return unsafeLoad(fromUncheckedByteOffset: place, as: UInt8.self)
  }

  /// The two bytes from `place` on, the first one lower, or 0 when less than two are left.
  @inline(__always)
  func pair(at place: Int, before end: Int) -> UInt16 {
    assert(place >= 0 && end <= byteCount)
    guard place < end &- 1 else { return 0 }
    return UInt16(littleEndian: unsafeLoadUnaligned(fromUncheckedByteOffset: place, as: UInt16.self))
  }

  /// Where reading eight bytes at once ends: before `end`, and where eight bytes are left. What
  /// lies between `end` and the span's own end may be read, but counts for nothing.
  @inline(__always)
  func endOfWords(before end: Int) -> Int {
    assert(end <= byteCount)
    return Swift.min(end, byteCount - 7)
  }

  /// Eight bytes from `place` on, the first one lowest; `place` is below `endOfWords`.
  @inline(__always)
  func eightBytes(at place: Int) -> UInt64 {
    assert(place >= 0 && place <= byteCount - 8)
    return UInt64(littleEndian: unsafeLoadUnaligned(fromUncheckedByteOffset: place, as: UInt64.self))
  }

  /// Four bytes from `place` on, the first one lowest. Traps outside of the span.
  @inline(__always)
  func fourBytes(at place: Int) -> UInt32 {
    UInt32(littleEndian: unsafeLoadUnaligned(fromByteOffset: place, as: UInt32.self))
  }
}
