/// SipHash-2-4 with 128 bits of output (J.-P. Aumasson and D. J. Bernstein, "SipHash: a fast short-input PRF",
/// INDOCRYPT 2012, and its reference implementation). It is the same on every machine.
struct SipHash128 {
  private var v0, v1, v2, v3: UInt64
  /// Bytes that do not fill a word yet, the first in the lowest place.
  private var rest: UInt64 = 0
  private var count: UInt64 = 0

  /// - Parameters:
  ///   - low: the first 8 bytes of the key, little-endian.
  ///   - high: its last 8 bytes.
  init(low: UInt64, high: UInt64) {
    v0 = 0x736F_6D65_7073_6575 ^ low
    v1 = 0x646F_7261_6E64_6F6D ^ high ^ 0xEE
    v2 = 0x6C79_6765_6E65_7261 ^ low
    v3 = 0x7465_6462_7974_6573 ^ high
  }

  /// Adds bytes to the message.
  mutating func add(_ bytes: RawSpan) {
    var offset = 0
    while offset < bytes.byteCount, !count.isMultiple(of: 8) {
      add(bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
      offset += 1
    }
    while bytes.byteCount - offset >= 8 {
      compress(UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)))
      count &+= 8
      offset += 8
    }
    while offset < bytes.byteCount {
      add(bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
      offset += 1
    }
  }

  /// Adds 8 bytes, the lowest first.
  mutating func add(_ number: UInt64) {
    withUnsafeBytes(of: number.littleEndian) { add($0.bytes) }
  }

  private mutating func add(_ byte: UInt8) {
    rest |= UInt64(byte) << (count % 8 * 8)
    count &+= 1
    guard count.isMultiple(of: 8) else { return }
    compress(rest)
    rest = 0
  }

  /// Returns the hash of the message: the first and the last 8 bytes, little-endian.
  consuming func finish() -> (low: UInt64, high: UInt64) {
    compress(count << 56 | rest)
    v2 ^= 0xEE
    for _ in 0..<4 { round() }
    let low = v0 ^ v1 ^ v2 ^ v3
    v1 ^= 0xDD
    for _ in 0..<4 { round() }
    return (low, v0 ^ v1 ^ v2 ^ v3)
  }

  private mutating func compress(_ word: UInt64) {
    v3 ^= word
    round()
    round()
    v0 ^= word
  }

  private mutating func round() {
    v0 &+= v1
    v1 = v1 << 13 | v1 >> 51
    v1 ^= v0
    v0 = v0 << 32 | v0 >> 32
    v2 &+= v3
    v3 = v3 << 16 | v3 >> 48
    v3 ^= v2
    v0 &+= v3
    v3 = v3 << 21 | v3 >> 43
    v3 ^= v0
    v2 &+= v1
    v1 = v1 << 17 | v1 >> 47
    v1 ^= v2
    v2 = v2 << 32 | v2 >> 32
  }
}
