import WireProtocol

extension ProducerID {
  /// Creates the version 5 UUID of `name` in `namespace` (RFC 9562, section 5.5).
  init(name: [UInt8], in namespace: ProducerID) {
    let digest = SHA1.digest(of: Self.bigEndian(namespace.high) + Self.bigEndian(namespace.low) + name)
    let words = digest.prefix(4).map { UInt64($0) }
    self.init(
      high: (words[0] << 32 | words[1]) & 0xFFFF_FFFF_FFFF_0FFF | 0x5000,
      low: (words[2] << 32 | words[3]) & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000)
  }

  private static func bigEndian(_ half: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * $0)) }
  }
}

/// SHA-1 (RFC 3174), which version 5 UUIDs require. Must not be used for security.
enum SHA1 {
  /// Returns the five words of the digest.
  static func digest(of message: [UInt8]) -> [UInt32] {
    var hash: [UInt32] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0]
    let padded = pad(message)
    for block in stride(from: 0, to: padded.count, by: 64) {
      absorb(words(of: padded[block..<block + 64]), into: &hash)
    }
    return hash
  }

  /// Pads the message with a one bit, zeros, and its length in bits, to whole blocks of 64 bytes (section 4).
  private static func pad(_ message: [UInt8]) -> [UInt8] {
    var padded = message + [0x80]
    padded += [UInt8](repeating: 0, count: (120 - padded.count % 64) % 64)
    let bits = UInt64(message.count) * 8
    return padded + (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * $0)) }
  }

  /// Returns the 80 words of a block (section 6.1, steps a and b).
  private static func words(of block: ArraySlice<UInt8>) -> [UInt32] {
    var words: [UInt32] = []
    words.reserveCapacity(80)
    for start in stride(from: block.startIndex, to: block.endIndex, by: 4) {
      words.append(block[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) })
    }
    for index in 16..<80 {
      words.append(rotated(words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16], 1))
    }
    return words
  }

  /// Runs steps c to e of section 6.1.
  private static func absorb(_ words: [UInt32], into hash: inout [UInt32]) {
    var (a, b, c, d, e) = (hash[0], hash[1], hash[2], hash[3], hash[4])
    for (index, word) in words.enumerated() {
      let (mixed, constant) = round(index, b, c, d)
      let next = rotated(a, 5) &+ mixed &+ e &+ word &+ constant
      (a, b, c, d, e) = (next, a, rotated(b, 30), c, d)
    }
    for (index, word) in [a, b, c, d, e].enumerated() { hash[index] &+= word }
  }

  /// Returns the function value and the constant of a round (section 5).
  private static func round(_ index: Int, _ b: UInt32, _ c: UInt32, _ d: UInt32) -> (UInt32, UInt32) {
    switch index {
    case 0..<20: (b & c | ~b & d, 0x5A82_7999)
    case 20..<40: (b ^ c ^ d, 0x6ED9_EBA1)
    case 40..<60: (b & c | b & d | c & d, 0x8F1B_BCDC)
    default: (b ^ c ^ d, 0xCA62_C1D6)
    }
  }

  private static func rotated(_ word: UInt32, _ count: Int) -> UInt32 {
    word << count | word >> (32 - count)
  }
}
