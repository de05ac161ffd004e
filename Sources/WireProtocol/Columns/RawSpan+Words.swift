extension RawSpan {
  /// Whether both spans hold the same bytes. For the short texts of a dictionary.
  func hasSameBytes(as other: RawSpan) -> Bool {
    guard byteCount == other.byteCount else { return false }
    guard byteCount >= 8 else { return shortWord == other.shortWord }
    var offset = 0
    while offset < byteCount - 8 {
      guard word(at: offset) == other.word(at: offset) else { return false }
      offset += 8
    }
    // The last word may overlap the one before: cheaper than going on byte by byte.
    return word(at: byteCount - 8) == other.word(at: byteCount - 8)
  }

  /// A hash for a table in memory: quick for short texts, different with every seed.
  func hash(seed: UInt64) -> UInt64 {
    var hash = seed ^ UInt64(byteCount)
    guard byteCount >= 8 else { return Self.mix(hash, shortWord) }
    var offset = 0
    while offset < byteCount - 8 {
      hash = Self.mix(hash, word(at: offset))
      offset += 8
    }
    return Self.mix(hash, word(at: byteCount - 8))
  }

  private func word(at offset: Int) -> UInt64 { littleEndian(UInt64.self, at: offset) }

  /// Fewer than 8 bytes as one number, which together with their count stands for them and no others.
  private var shortWord: UInt64 {
    if byteCount >= 4 {
      let first = littleEndian(UInt32.self, at: 0)
      let last = littleEndian(UInt32.self, at: byteCount - 4)
      return UInt64(first) | UInt64(last) << 32
    }
    var word: UInt64 = 0
    for offset in 0..<byteCount { word = word << 8 | UInt64(littleEndian(UInt8.self, at: offset)) }
    return word
  }

  /// Both halves of a 128-bit product, folded: every bit of the input moves about half of the result's.
  private static func mix(_ hash: UInt64, _ word: UInt64) -> UInt64 {
    let product = (hash ^ word).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
    return product.high ^ product.low
  }
}
