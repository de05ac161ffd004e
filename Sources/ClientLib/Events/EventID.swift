/// Makers of event ids.
public enum EventID {
  /// Characters of Crockford's Base32, in ascending order.
  private static let digits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

  /// Returns a new id that rises with time, from the clock and the random numbers of the system. Ids that rise
  /// are stored several times faster than random ones.
  public static func rising() -> String {
    var generator = SystemRandomNumberGenerator()
    return rising(at: .now, using: &generator)
  }

  /// Returns a new id of 26 characters in the form of a ULID (https://github.com/ulid/spec): 48 bits of
  /// milliseconds since 1970, then the microseconds of the millisecond in 10 bits, then 70 random bits.
  ///
  /// Ids of different microseconds are in the order of their times, as texts. Two ids of one microsecond differ,
  /// unless 70 random bits are equal.
  /// - Parameters:
  ///   - time: a time from 1970 to the year 10889; times outside are clamped.
  ///   - generator: source of the random bits.
  public static func rising(at time: Timestamp, using generator: inout some RandomNumberGenerator) -> String {
    let microseconds = UInt64(clamping: time.microseconds)
    let milliseconds = min(microseconds / 1_000, (1 << 48) - 1)
    let random = UInt64.random(in: 0..<1 << 60, using: &generator)
    let high =
      UInt128(milliseconds) << 80 | UInt128(microseconds % 1_000) << 70
      | UInt128(UInt64.random(in: 0..<1 << 10, using: &generator)) << 60
    return text(high | UInt128(random))
  }

  /// The 128 bits as 26 digits of 5 bits. The first digit has 3 bits.
  private static func text(_ bits: UInt128) -> String {
    String(unsafeUninitializedCapacity: 26) { buffer in
      for place in 0..<26 { buffer[place] = digits[Int(truncatingIfNeeded: bits >> (5 * (25 - place))) & 31] }
      return 26
    }
  }
}
