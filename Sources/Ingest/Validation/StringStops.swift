import CIntrinsics

/// The places in a text that hold no plain character of a JSON string: quotation marks, backslashes,
/// control characters and bytes beyond ASCII, one after the other.
///
/// They are looked for among 64 bytes at once. Scanning each string where the one before ended would make
/// its first load wait for the last one's result; from one bit to the next there is nothing to wait for.
struct StringStops {
  private static let blockLength = Int(SLUICE_TEXT_BLOCK)

  /// Where the 64 bytes begin.
  private var start: Int
  /// Those of their stops that are still ahead, as one bit each.
  private var ahead: UInt64

  /// The stops from `place` on, which is at most the length of `bytes`.
  @inline(__always)
  init(from place: Int, in bytes: RawSpan) {
    start = place
    ahead = Self.stops(at: place, in: bytes)
  }

  /// The next stop; `end` or more when there is none before it.
  @inline(__always)
  mutating func next(in bytes: RawSpan, before end: Int) -> Int {
    while ahead == 0 {
      guard start < end &- Self.blockLength else { return end }
      self = StringStops(from: start &+ Self.blockLength, in: bytes)
    }
    let place = start &+ ahead.trailingZeroBitCount
    ahead &= ahead &- 1
    return place
  }

  /// The first stop from `place` on, which is not before any stop so far; `end` or more when there is none
  /// before that.
  @inline(__always)
  mutating func next(from place: Int, in bytes: RawSpan, before end: Int) -> Int {
    assert(place >= start && place <= end)
    let offset = place &- start
    if offset < Self.blockLength {
      ahead &= ~0 &<< UInt64(truncatingIfNeeded: offset)
    } else {
      self = StringStops(from: place, in: bytes)
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
