/// SHA-256 (FIPS 180-4) and HMAC (RFC 2104), as slow as they are short, so that the tests of proofs share no
/// code with the product.
package enum ReferenceSHA256 {
  /// Fractional parts of the cube roots of the first 64 primes.
  private static let constants: [UInt32] = primes(64).map { fraction(cubeRootOf: $0) }
  /// Fractional parts of the square roots of the first 8 primes.
  private static let start: [UInt32] = primes(8).map { fraction(squareRootOf: $0) }

  /// Returns the 32 bytes of SHA-256 over `message`.
  package static func hash(_ message: [UInt8]) -> [UInt8] {
    var padded = message + [0x80]
    padded += [UInt8](repeating: 0, count: (120 - padded.count % 64) % 64)
    padded += bigEndian(UInt64(message.count) * 8)
    var state = start
    for block in stride(from: 0, to: padded.count, by: 64) { mix(padded[block..<(block + 64)], into: &state) }
    return state.flatMap { bigEndian($0) }
  }

  /// Returns the 32 bytes of HMAC-SHA-256 over `message`. The key has at most 64 bytes.
  package static func mac(_ key: [UInt8], _ message: [UInt8]) -> [UInt8] {
    precondition(key.count <= 64, "longer keys are not needed here")
    let padded = key + [UInt8](repeating: 0, count: 64 - key.count)
    return hash(padded.map { $0 ^ 0x5C } + hash(padded.map { $0 ^ 0x36 } + message))
  }

  private static func mix(_ block: ArraySlice<UInt8>, into state: inout [UInt32]) {
    var words = stride(from: block.startIndex, to: block.endIndex, by: 4).map { at in
      block[at..<(at + 4)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    }
    for i in 16..<64 {
      let (a, b) = (words[i - 15], words[i - 2])
      let low = rotate(a, 7) ^ rotate(a, 18) ^ a >> 3
      let high = rotate(b, 17) ^ rotate(b, 19) ^ b >> 10
      words.append(words[i - 16] &+ low &+ words[i - 7] &+ high)
    }
    var v = state
    for i in 0..<64 {
      let choice = v[4] & v[5] ^ ~v[4] & v[6]
      let majority = v[0] & v[1] ^ v[0] & v[2] ^ v[1] & v[2]
      let high = rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25)
      let low = rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22)
      let one = v[7] &+ high &+ choice &+ constants[i] &+ words[i]
      v = [one &+ low &+ majority, v[0], v[1], v[2], v[3] &+ one, v[4], v[5], v[6]]
    }
    for i in 0..<8 { state[i] = state[i] &+ v[i] }
  }

  private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
    word >> count | word << (32 - count)
  }

  private static func bigEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
  }

  private static func primes(_ count: Int) -> [UInt64] {
    var found: [UInt64] = []
    var candidate: UInt64 = 2
    while found.count < count {
      if !found.contains(where: { candidate % $0 == 0 }) { found.append(candidate) }
      candidate += 1
    }
    return found
  }

  /// The first 32 bits after the point of the square root: the integer root of `prime << 64`.
  private static func fraction(squareRootOf prime: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: root { UInt128($0) * UInt128($0) <= UInt128(prime) << 64 })
  }

  /// The first 32 bits after the point of the cube root: the integer root of `prime << 96`.
  private static func fraction(cubeRootOf prime: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: root { UInt128($0) * UInt128($0) * UInt128($0) <= UInt128(prime) << 96 })
  }

  /// The largest number below 2^40 that `fits`.
  private static func root(fits: (UInt64) -> Bool) -> UInt64 {
    (0..<40).reversed().reduce(0) { found, bit in fits(found | 1 << bit) ? found | 1 << bit : found }
  }
}
