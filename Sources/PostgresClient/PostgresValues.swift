/// Times as Postgres holds them: microseconds since 2000. The smallest and the largest value are the
/// infinities.
package enum PostgresTime {
  /// Microseconds from 1970 to 2000.
  private static let epoch: Int64 = 946_684_800_000_000

  /// Converts microseconds since 1970. Times that 64 bits cannot hold become minus infinity; no overflow is
  /// possible at the other end.
  package static func nearest(_ microseconds: Int64) -> Int64 {
    let (shifted, overflow) = microseconds.subtractingReportingOverflow(epoch)
    return overflow ? .min : shifted
  }

  /// Converts microseconds since 1970, never to minus infinity, because Postgres must refuse times outside
  /// its range instead of storing an infinity.
  package static func finite(_ microseconds: Int64) -> Int64 {
    max(nearest(microseconds), .min + 1)
  }

  /// Converts a time of Postgres to microseconds since 1970. Only the infinities overflow 64 bits, and no
  /// column of this program holds them.
  package static func sinceUnixEpoch(_ time: Int64) -> Int64 {
    time.addingReportingOverflow(epoch).partialValue
  }
}

/// A `uuid` of Postgres: 128 bits that Postgres does not interpret
/// (https://www.postgresql.org/docs/current/datatype-uuid.html).
package struct PostgresUUID: Hashable, Sendable {
  /// The first eight octets, the first of them in the highest bits.
  package let high: UInt64
  /// The last eight octets, the first of them in the highest bits.
  package let low: UInt64

  /// Creates the UUID from its two halves.
  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Reads the form in which Postgres writes UUIDs: 32 hexadecimal digits in groups; nil for any other form.
  package init?(_ text: String) {
    let digits = text.utf8.filter { $0 != UInt8(ascii: "-") }
    guard digits.count == 32, digits.allSatisfy({ $0 != UInt8(ascii: "+") }),
      let high = Self.half(digits.prefix(16)), let low = Self.half(digits.suffix(16))
    else { return nil }
    self.init(high: high, low: low)
  }

  private static func half(_ digits: ArraySlice<UInt8>) -> UInt64? {
    UInt64(String(decoding: digits, as: UTF8.self), radix: 16)
  }
}
