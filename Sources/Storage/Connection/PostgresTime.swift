/// Times as Postgres holds them: microseconds since 2000, the two extremes of which are its infinities.
enum PostgresTime {
  /// Microseconds from 1970 to 2000.
  private static let epoch: Int64 = 946_684_800_000_000

  /// Of microseconds since 1970; what lies outside 64 bits becomes the infinity.
  static func nearest(_ microseconds: Int64) -> Int64 {
    let (shifted, overflow) = microseconds.subtractingReportingOverflow(epoch)
    return overflow ? .min : shifted
  }

  /// Of microseconds since 1970, never an infinity: what lies outside the range of Postgres must be refused as
  /// such.
  static func finite(_ microseconds: Int64) -> Int64 {
    max(nearest(microseconds), .min + 1)
  }

  /// Microseconds since 1970. Beyond 64 bits are only the infinities, which no column of this program holds.
  static func sinceUnixEpoch(_ time: Int64) -> Int64 {
    time.addingReportingOverflow(epoch).partialValue
  }
}
