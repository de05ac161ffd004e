/// A reader of the text form of a moment: ISO 8601's extended form with a date and a time, as in RFC 3339.
/// Accepted as well: a space instead of `T`, a time without seconds, and a time without a zone, which is UTC.
///
/// Digits after the microseconds are dropped. A leap second is read as the first moment after it, as in
/// Postgres (https://www.postgresql.org/docs/current/datatype-datetime.html).
package struct UTCTimeReader {
  private let text: [UInt8]
  private var at = 0

  private init(_ text: [UInt8]) {
    self.text = text
  }

  /// Returns the moment that `text` names; nil when `text` names no moment.
  package static func read(_ text: [UInt8]) -> UTCTime? {
    var reader = UTCTimeReader(text)
    guard let day = reader.date(), reader.takes("T", "t", " "), let time = reader.time(),
      let offset = reader.zone(), reader.at == text.count
    else { return nil }
    return UTCTime(microseconds: day * UTCTime.microsecondsPerDay + time - offset)
  }

  /// Returns the days since 1970.
  private mutating func date() -> Int64? {
    guard let year = number(digits: 4), takes("-"), let month = number(digits: 2), takes("-"),
      let day = number(digits: 2)
    else { return nil }
    return CivilDate(year: year, month: month, day: day).daysSince1970
  }

  /// Returns the microseconds since midnight.
  private mutating func time() -> Int64? {
    guard let hour = number(digits: 2), hour < 24, takes(":"), let minute = number(digits: 2), minute < 60
    else { return nil }
    var microseconds: Int64 = (hour * 60 + minute) * 60_000_000
    guard takes(":") else { return microseconds }
    guard let second = number(digits: 2), second <= 60 else { return nil }
    microseconds += second * 1_000_000
    guard takes(".", ",") else { return microseconds }
    return fraction().map { second == 60 ? microseconds : microseconds + $0 }
  }

  /// Returns the digits after the point, in microseconds.
  private mutating func fraction() -> Int64? {
    let start = at
    var microseconds: Int64 = 0
    var unit: Int64 = 100_000
    while let digit = digit() {
      microseconds += digit * unit
      unit /= 10
    }
    return at > start ? microseconds : nil
  }

  /// Returns the zone's offset ahead of UTC, in microseconds.
  private mutating func zone() -> Int64? {
    if at == text.count || takes("Z", "z") { return 0 }
    let isAhead = takes("+")
    guard isAhead || takes("-"), let hours = number(digits: 2), hours < 24 else { return nil }
    var minutes: Int64 = 0
    if takes(":") || at < text.count {
      guard let given = number(digits: 2), given < 60 else { return nil }
      minutes = given
    }
    let offset = (hours * 60 + minutes) * 60_000_000
    return isAhead ? offset : -offset
  }

  private mutating func number(digits: Int) -> Int64? {
    var number: Int64 = 0
    for _ in 0..<digits {
      guard let digit = digit() else { return nil }
      number = number * 10 + digit
    }
    return number
  }

  private mutating func digit() -> Int64? {
    guard at < text.count, case let byte = text[at], (0x30...0x39).contains(byte) else { return nil }
    at += 1
    return Int64(byte - 0x30)
  }

  private mutating func takes(_ choices: Unicode.Scalar...) -> Bool {
    guard at < text.count, choices.contains(Unicode.Scalar(text[at])) else { return false }
    at += 1
    return true
  }
}
