/// A reader of the text form of a moment: ISO 8601's extended form with a date and a time, as in RFC 3339.
/// Accepted as well: a space instead of `T`, a time without seconds, and a time without a zone, which is UTC.
///
/// Digits after the microseconds are dropped. A leap second is read as the first moment after it, as in
/// Postgres (https://www.postgresql.org/docs/current/datatype-datetime.html). `EventTimeReader` reads more
/// forms.
package struct UTCTimeReader {
  private var cursor: TimeCursor

  private init(_ text: [UInt8]) {
    cursor = TimeCursor(text)
  }

  /// Returns the moment that `text` names; nil when `text` names no moment.
  package static func read(_ text: [UInt8]) -> UTCTime? {
    var reader = UTCTimeReader(text)
    guard let day = reader.date(), reader.cursor.takes("T", "t", " "), let time = reader.cursor.timeOfDay(),
      let offset = reader.zone(), reader.cursor.isAtEnd
    else { return nil }
    return UTCTime(microseconds: day * UTCTime.microsecondsPerDay + time - offset)
  }

  /// Returns the days since 1970.
  private mutating func date() -> Int64? {
    guard let year = cursor.number(digits: 4), cursor.takes("-"), let month = cursor.number(digits: 2),
      cursor.takes("-"), let day = cursor.number(digits: 2)
    else { return nil }
    return CivilDate(year: year, month: month, day: day).daysSince1970
  }

  /// Returns the zone's offset ahead of UTC, in microseconds.
  private mutating func zone() -> Int64? {
    cursor.isAtEnd || cursor.takes("Z", "z") ? 0 : cursor.offset()
  }
}
