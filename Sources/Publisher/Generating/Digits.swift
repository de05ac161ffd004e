/// Writes numbers as text into existing bytes.
enum Digits {
  private static let hexadecimal: StaticString = "0123456789abcdef"

  /// Writes the lowest `count` hexadecimal digits of `value`.
  static func hexadecimal(_ value: UInt64, count: Int, into bytes: inout MutableSpan<UInt8>, at start: Int) {
    var value = value
    for offset in (start..<start + count).reversed() {
      bytes[offset] = hexadecimal.utf8Start[Int(value & 15)]
      value >>= 4
    }
  }

  /// Writes the lowest `count` decimal digits of `value`, with leading zeros.
  static func decimal(_ value: UInt64, count: Int, into bytes: inout MutableSpan<UInt8>, at start: Int) {
    var value = value
    for offset in (start..<start + count).reversed() {
      let (rest, digit) = value.quotientAndRemainder(dividingBy: 10)
      bytes[offset] = UInt8(ascii: "0") + UInt8(digit)
      value = rest
    }
  }

  /// Number of decimal digits of `value`.
  static func decimalCount(_ value: UInt64) -> Int {
    var (count, rest) = (1, value / 10)
    while rest > 0 {
      count += 1
      rest /= 10
    }
    return count
  }
}
