/// One bit for each sequence from a producer's base on, which says whether the sequence is settled
/// (`spec/wire-protocol.md`, section 4.2).
public struct SettledBitmap: Hashable, Sendable {
  /// Number of bits.
  public let count: Int
  /// Bits, the lowest first in each byte.
  public private(set) var bytes: [UInt8]

  /// The bitmap of those `sequences` that are in `base ..< base + span`. It ends with the last of them.
  public init(base: UInt64, span: UInt32, settled sequences: some Sequence<UInt64>) {
    let offsets = sequences.filter { $0 >= base && $0 - base < UInt64(span) }.map { Int($0 - base) }
    count = (offsets.max() ?? -1) + 1
    bytes = [UInt8](repeating: 0, count: (count + 7) / 8)
    for offset in offsets { bytes[offset / 8] |= 1 << UInt8(offset % 8) }
  }

  /// The bitmap as received; `bytes` holds `count` bits.
  /// - Throws: `malformedFrame` when a bit of the last byte beyond `count` is not zero.
  init(count: Int, bytes: [UInt8]) throws(WireError) {
    precondition(bytes.count == (count + 7) / 8, "the bytes do not hold the bits")
    if let last = bytes.last, count % 8 > 0, last >> UInt8(count % 8) != 0 {
      throw WireError(.malformedFrame, "the bitmap of WELCOME has bits beyond its \(count)")
    }
    self.count = count
    self.bytes = bytes
  }

  /// Whether the sequence `offset` above base is settled.
  public subscript(offset: UInt64) -> Bool {
    guard offset < UInt64(count) else { return false }
    return bytes[Int(offset / 8)] >> UInt8(offset % 8) & 1 == 1
  }

  /// Returns the settled sequences in ascending order, when bit 0 is that of `base`.
  public func sequences(base: UInt64) -> [UInt64] {
    (0..<UInt64(count)).filter { self[$0] }.map { base &+ $0 }
  }
}
