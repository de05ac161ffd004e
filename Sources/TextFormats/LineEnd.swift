/// The search for the ends of lines.
package enum LineEnd {
  /// Returns the offset of the next line feed, or `end`. Compares eight bytes at a time.
  package static func next(from start: Int, before end: Int, in bytes: RawSpan) -> Int {
    precondition(start <= end && end <= bytes.byteCount, "a range of the bytes")
    let feeds: UInt64 = 0x0A0A_0A0A_0A0A_0A0A
    var at = start
    while at &+ 8 <= end {
      let word = bytes.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self) ^ feeds
      // A byte that was a line feed is zero now, and gets its highest bit here; bytes above it may get it, too.
      let zeros = (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
      if zeros != 0 { return at &+ UInt64(littleEndian: zeros).trailingZeroBitCount / 8 }
      at &+= 8
    }
    while at < end, JSONScanner.byte(at, bytes) != 0x0A { at &+= 1 }
    return at
  }
}
