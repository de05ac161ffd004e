/// The 64-bit digest of a batch's uncompressed columns: XXH64 with seed 0.
///
/// It distinguishes a batch that was sent again from another batch with the same sequence. It is fast, and
/// does not protect against somebody who makes two batches collide on purpose. Algorithm: xxHash
/// specification 0.2.0, "XXH64 Algorithm Description"
/// (https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md).
public enum Digest64 {
  private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
  private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
  private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
  private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
  private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

  /// The digest of `bytes`.
  public static func digest(of bytes: RawSpan) -> UInt64 {
    digest(of: bytes, seed: 0)
  }

  static func digest(of bytes: RawSpan, seed: UInt64) -> UInt64 {
    let stripes = bytes.byteCount & ~31
    var hash = stripes == 0 ? seed &+ prime5 : converge(bytes.extracting(0..<stripes), seed: seed)
    hash &+= UInt64(bytes.byteCount)
    return avalanche(absorb(tail: bytes.extracting(stripes..<bytes.byteCount), into: hash))
  }

  /// Steps 1-3 of the specification: four accumulators over stripes of 32 bytes.
  private static func converge(_ stripes: RawSpan, seed: UInt64) -> UInt64 {
    assert(stripes.byteCount % 32 == 0, "a stripe has 32 bytes")
    var accumulator1 = seed &+ prime1 &+ prime2
    var accumulator2 = seed &+ prime2
    var accumulator3 = seed
    var accumulator4 = seed &- prime1
    var offset = 0
    while offset < stripes.byteCount {
      accumulator1 = round(accumulator1, stripes.littleEndian(UInt64.self, at: offset))
      accumulator2 = round(accumulator2, stripes.littleEndian(UInt64.self, at: offset + 8))
      accumulator3 = round(accumulator3, stripes.littleEndian(UInt64.self, at: offset + 16))
      accumulator4 = round(accumulator4, stripes.littleEndian(UInt64.self, at: offset + 24))
      offset += 32
    }
    var hash =
      rotated(accumulator1, 1) &+ rotated(accumulator2, 7) &+ rotated(accumulator3, 12)
      &+ rotated(accumulator4, 18)
    for accumulator in [accumulator1, accumulator2, accumulator3, accumulator4] {
      hash = (hash ^ round(0, accumulator)) &* prime1 &+ prime4
    }
    return hash
  }

  /// Step 5: the last bytes, fewer than 32.
  private static func absorb(tail: RawSpan, into hash: UInt64) -> UInt64 {
    assert(tail.byteCount < 32, "whole stripes come before the tail")
    var hash = hash
    var offset = 0
    while offset + 8 <= tail.byteCount {
      hash ^= round(0, tail.littleEndian(UInt64.self, at: offset))
      hash = rotated(hash, 27) &* prime1 &+ prime4
      offset += 8
    }
    if offset + 4 <= tail.byteCount {
      hash ^= UInt64(tail.littleEndian(UInt32.self, at: offset)) &* prime1
      hash = rotated(hash, 23) &* prime2 &+ prime3
      offset += 4
    }
    while offset < tail.byteCount {
      hash ^= UInt64(tail.littleEndian(UInt8.self, at: offset)) &* prime5
      hash = rotated(hash, 11) &* prime1
      offset += 1
    }
    return hash
  }

  /// Step 6: every bit of the input may change every bit of the digest.
  private static func avalanche(_ hash: UInt64) -> UInt64 {
    var hash = hash
    hash = (hash ^ hash >> 33) &* prime2
    hash = (hash ^ hash >> 29) &* prime3
    return hash ^ hash >> 32
  }

  private static func round(_ accumulator: UInt64, _ input: UInt64) -> UInt64 {
    rotated(accumulator &+ input &* prime2, 31) &* prime1
  }

  private static func rotated(_ value: UInt64, _ bits: UInt64) -> UInt64 {
    value &<< bits | value &>> (64 &- bits)
  }
}
