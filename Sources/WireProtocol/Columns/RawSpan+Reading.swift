extension RawSpan {
  /// Returns the little-endian integer at `offset`, at any alignment. Traps when the integer would leave the
  /// span.
  @inlinable
  @inline(__always)
  func littleEndian<Value: FixedWidthInteger & BitwiseCopyable>(_: Value.Type, at offset: Int) -> Value {
    // The standard library calls this load unsafe because some types have invalid bit patterns. The bounds
    // are checked, and every bit pattern is an integer.
    Value(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: Value.self))
  }

  /// Returns the little-endian integer at `offset`, whose bounds the caller has checked.
  @inlinable
  @inline(__always)
  func uncheckedLittleEndian<Value: FixedWidthInteger & BitwiseCopyable>(
    _: Value.Type, at offset: Int
  ) -> Value {
    assert(offset >= 0 && offset + MemoryLayout<Value>.size <= byteCount, "the integer leaves the span")
    return Value(littleEndian: unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: Value.self))
  }
}

extension RawSpan {
  /// The bytes, copied.
  var array: [UInt8] { withUnsafeBytes { Array($0) } }

  /// Whether both spans hold the same bytes. Made for the short texts of a dictionary.
  func hasSameBytes(as other: RawSpan) -> Bool {
    guard byteCount == other.byteCount else { return false }
    guard byteCount >= 8 else { return shortWord == other.shortWord }
    var offset = 0
    while offset < byteCount - 8 {
      guard word(at: offset) == other.word(at: offset) else { return false }
      offset += 8
    }
    // The last word may overlap the word before. This costs less than comparing the rest byte by byte.
    return word(at: byteCount - 8) == other.word(at: byteCount - 8)
  }

  /// Returns a hash for a table in memory. It is fast for short texts and differs with every seed.
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

  /// Fewer than 8 bytes as one number. Number and count together are unique to these bytes.
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

  /// Both halves of a 128-bit product, folded: every bit of the input changes about half of the bits of the
  /// result.
  private static func mix(_ hash: UInt64, _ word: UInt64) -> UInt64 {
    let product = (hash ^ word).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
    return product.high ^ product.low
  }
}
