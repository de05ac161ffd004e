/// Identity of a producer: a UUID that survives reconnects (RFC 9562).
///
/// The UUID is stored as two integers in the order of the text form, so that comparing and hashing read no
/// other memory. The order is that of the bytes, which is also Postgres's order of `uuid`.
public struct ProducerID: Hashable, Comparable, Sendable {
  /// Bytes 0-7, the most significant first.
  public let high: UInt64
  /// Bytes 8-15.
  public let low: UInt64

  /// The nil UUID (RFC 9562, section 5.9), which no producer may use.
  public static let nilUUID = ProducerID(high: 0, low: 0)

  /// The identity with these two halves.
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Draws a random identity (RFC 9562, version 4).
  public static func random(using generator: inout some RandomNumberGenerator) -> ProducerID {
    ProducerID(
      high: generator.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000,
      low: generator.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000)
  }

  /// Reads the text form of 36 characters; nil for any other text.
  public init?(_ text: String) {
    let utf8 = Array(text.utf8)
    guard utf8.count == 36 else { return nil }
    var halves: (UInt64, UInt64) = (0, 0)
    var digits = 0
    for (position, byte) in utf8.enumerated() {
      if [8, 13, 18, 23].contains(position) {
        guard byte == UInt8(ascii: "-") else { return nil }
        continue
      }
      guard let digit = Character(UnicodeScalar(byte)).hexDigitValue else { return nil }
      if digits < 16 {
        halves.0 = halves.0 << 4 | UInt64(digit)
      } else {
        halves.1 = halves.1 << 4 | UInt64(digit)
      }
      digits += 1
    }
    self.init(high: halves.0, low: halves.1)
  }

  /// Whether the bytes of `one` are before those of `other`.
  public static func < (one: ProducerID, other: ProducerID) -> Bool {
    (one.high, one.low) < (other.high, other.low)
  }
}

extension ProducerID: CustomStringConvertible {
  /// The text form, in lower case.
  public var description: String {
    let digits = Self.hexadecimal(high) + Self.hexadecimal(low)
    let cuts = [0, 8, 12, 16, 20, 32]
    return zip(cuts, cuts.dropFirst())
      .map { String(digits.dropFirst($0).prefix($1 - $0)) }
      .joined(separator: "-")
  }

  private static func hexadecimal(_ half: UInt64) -> String {
    let digits = String(half, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
