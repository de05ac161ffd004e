extension RawSpan {
  /// The byte at `offset`. Traps outside of the span.
  @inline(__always)
  func byte(at offset: Int) -> UInt8 {
    unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }

  /// The byte at `offset`, or 0 from `end` on: NUL is no part of any token, so that "nothing left"
  /// needs no branch of its own.
  @inline(__always)
  func byte(at offset: Int, before end: Int) -> UInt8 {
    offset < end ? byte(at: offset) : 0
  }

  /// Eight bytes from `offset` on, the first one lowest. Traps outside of the span.
  @inline(__always)
  func eightBytes(at offset: Int) -> UInt64 {
    UInt64(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  /// Four bytes from `offset` on, the first one lowest. Traps outside of the span.
  @inline(__always)
  func fourBytes(at offset: Int) -> UInt32 {
    UInt32(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  /// Where reading eight bytes at once ends: before `end`, and where eight bytes are left. What
  /// lies between `end` and the span's own end may be read, but counts for nothing.
  @inline(__always)
  func lastEightBytes(before end: Int) -> Int {
    Swift.min(end, byteCount - 7)
  }
}
