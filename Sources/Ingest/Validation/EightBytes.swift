/// Eight bytes of text in one integer, the first byte lowest, and the tests that look at all of them
/// at once.
///
/// A test answers with the high bit of each byte that it found. Only the lowest of these bits is
/// exact: a subtraction may borrow from the byte above the first find and flag it by mistake.
enum EightBytes {
  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let highBits: UInt64 = 0x8080_8080_8080_8080

  /// Bytes that are no decimal digit.
  @inline(__always)
  static func nonDigits(_ word: UInt64) -> UInt64 {
    let distance = word ^ ones &* 0x30
    return (distance &+ ones &* 0x76 | distance) & highBits
  }

  /// What a name of ASCII characters can not hold: NUL, or a byte that is not ASCII.
  @inline(__always)
  static func nameStops(_ word: UInt64) -> UInt64 {
    (word &- ones | word) & highBits
  }

  /// The place of the first find; `flags` is not zero.
  @inline(__always)
  static func first(_ flags: UInt64) -> Int {
    flags.trailingZeroBitCount &>> 3
  }
}
