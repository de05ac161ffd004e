/// Hexadecimal digits in ASCII.
package enum HexadecimalDigit {
  /// Returns the value 0-15 of the digit `byte`; nil when `byte` is not a digit.
  package static func value(of byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
  }

  /// Returns the digit for 0-15, in lower case.
  package static func digit(_ value: UInt8) -> UInt8 {
    assert(value < 16)
    return value < 10 ? 0x30 + value : 0x61 + value - 10
  }
}
