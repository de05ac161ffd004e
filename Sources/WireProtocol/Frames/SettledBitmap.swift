/// One bit a sequence from a producer's base on: whether it is settled
/// (`spec/wire-protocol.md`, section 4.2).
public struct SettledBitmap: Hashable, Sendable {
  /// Bits.
  public let count: Int
  /// The bits, lowest first in each byte.
  public private(set) var bytes: [UInt8]

  /// The bitmap of `sequences`; those outside `base ..< base + span` are left out. It ends behind the
  /// last settled one.
  public init(base: UInt64, span: UInt32, settled sequences: some Sequence<UInt64>) {
    let offsets = sequences.filter { $0 >= base && $0 - base < UInt64(span) }.map { Int($0 - base) }
    count = (offsets.max() ?? -1) + 1
    bytes = [UInt8](repeating: 0, count: (count + 7) / 8)
    for offset in offsets { bytes[offset / 8] |= 1 << UInt8(offset % 8) }
  }

  /// The bitmap as it arrived; `bytes` holds `count` bits.
  init(count: Int, bytes: [UInt8]) {
    precondition(bytes.count == (count + 7) / 8)
    self.count = count
    self.bytes = bytes
  }

  /// Whether the sequence `offset` above base is settled.
  public subscript(offset: UInt64) -> Bool {
    guard offset < UInt64(count) else { return false }
    return bytes[Int(offset / 8)] >> UInt8(offset % 8) & 1 == 1
  }

  /// The settled sequences, ascending, when bit 0 stands for `base`.
  public func sequences(base: UInt64) -> [UInt64] {
    (0..<UInt64(count)).filter { self[$0] }.map { base &+ $0 }
  }
}
