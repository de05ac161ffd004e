import CIntrinsics

/// The offsets in a text that have no plain character of a JSON string: quotation marks, backslashes, control
/// characters and bytes beyond ASCII, in their order.
///
/// They are searched in blocks of 64 bytes. If each string were scanned from the end of the one before, its
/// first load would wait for the previous result; the next bit of a block is available without waiting.
struct StringDelimiters {
  private static let blockLength = Int(SLUICE_TEXT_BLOCK)

  /// Offset of the current block.
  private var start: Int
  /// The delimiters of the block that are still ahead, as one bit each.
  private var ahead: UInt64

  /// Creates the sequence of delimiters from `place` on, which is at most the length of `bytes`.
  @inline(__always)
  init(from place: Int, in bytes: RawSpan) {
    start = place
    ahead = Self.stops(at: place, in: bytes)
  }

  /// Returns the next delimiter; `end` or more if no delimiter comes before `end`.
  @inline(__always)
  mutating func next(in bytes: RawSpan, before end: Int) -> Int {
    while ahead == 0 {
      guard start < end &- Self.blockLength else { return end }
      self = StringDelimiters(from: start &+ Self.blockLength, in: bytes)
    }
    let place = start &+ ahead.trailingZeroBitCount
    ahead &= ahead &- 1
    return place
  }

  /// Returns the first delimiter from `place` on, which must not be before an earlier result; `end` or more
  /// if no delimiter comes before `end`.
  @inline(__always)
  mutating func next(from place: Int, in bytes: RawSpan, before end: Int) -> Int {
    assert(place >= start && place <= end)
    let offset = place &- start
    if offset < Self.blockLength {
      ahead &= ~0 &<< UInt64(truncatingIfNeeded: offset)
    } else {
      self = StringDelimiters(from: place, in: bytes)
    }
    return next(in: bytes, before: end)
  }

  @inline(never)
  private static func stops(at start: Int, in bytes: RawSpan) -> UInt64 {
    bytes.withUnsafeBytes { buffer in
      let rest = UnsafeRawBufferPointer(rebasing: buffer[start...])
      guard let first = rest.baseAddress else { return ~0 }
      return sluice_string_stops(first.assumingMemoryBound(to: UInt8.self), rest.count)
    }
  }
}
