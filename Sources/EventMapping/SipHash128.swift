/// SipHash-2-4 with 128 bits (Aumasson and Bernstein, https://github.com/veorq/SipHash), over bytes that arrive in
/// parts. A value of a few words without allocation.
package struct SipHash128: Sendable {
  private var v0: UInt64
  private var v1: UInt64
  private var v2: UInt64
  private var v3: UInt64
  /// The bytes after the last whole word, the first one lowest.
  private var tail: UInt64 = 0
  private var count: UInt64 = 0

  /// Creates a hash with the key whose 16 bytes are `low` and `high`, each little-endian.
  package init(low: UInt64, high: UInt64) {
    v0 = low ^ 0x736F_6D65_7073_6575
    v1 = high ^ 0x646F_7261_6E64_6F6D ^ 0xEE
    v2 = low ^ 0x6C79_6765_6E65_7261
    v3 = high ^ 0x7465_6462_7974_6573
  }

  /// Adds the eight bytes of `word`, the lowest first.
  @inline(__always)
  package mutating func add(_ word: UInt64) {
    let pending = count & 7 &* 8
    count &+= 8
    guard pending > 0 else { return absorb(word) }
    absorb(tail | word &<< pending)
    tail = word &>> (64 &- pending)
  }

  /// Adds `bytes`.
  package mutating func add(_ bytes: RawSpan) {
    let whole = bytes.byteCount & ~7
    var at = 0
    while at < whole {
      add(UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self)))
      at &+= 8
    }
    while at < bytes.byteCount {
      add(byte: bytes.unsafeLoad(fromByteOffset: at, as: UInt8.self))
      at &+= 1
    }
  }

  private mutating func add(byte: UInt8) {
    tail |= UInt64(byte) &<< (count & 7 &* 8)
    count &+= 1
    guard count & 7 == 0 else { return }
    absorb(tail)
    tail = 0
  }

  /// Returns the two words of the hash; their bytes are little-endian, those of `first` first.
  package consuming func finish() -> (first: UInt64, second: UInt64) {
    absorb(tail | count &<< 56)
    v2 ^= 0xEE
    for _ in 0..<4 { round() }
    let first = v0 ^ v1 ^ v2 ^ v3
    v1 ^= 0xDD
    for _ in 0..<4 { round() }
    return (first, v0 ^ v1 ^ v2 ^ v3)
  }

  @inline(__always)
  private mutating func absorb(_ word: UInt64) {
    v3 ^= word
    round()
    round()
    v0 ^= word
  }

  @inline(__always)
  private mutating func round() {
    v0 = v0 &+ v1
    v1 = Self.rotated(v1, 13) ^ v0
    v0 = Self.rotated(v0, 32)
    v2 = v2 &+ v3
    v3 = Self.rotated(v3, 16) ^ v2
    v0 = v0 &+ v3
    v3 = Self.rotated(v3, 21) ^ v0
    v2 = v2 &+ v1
    v1 = Self.rotated(v1, 17) ^ v2
    v2 = Self.rotated(v2, 32)
  }

  @inline(__always)
  private static func rotated(_ word: UInt64, _ count: UInt64) -> UInt64 {
    word &<< count | word &>> (64 &- count)
  }
}
