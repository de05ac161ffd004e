import ClientLib

/// ISO 8601 times as Sluice's HTTP side takes them: `2026-01-02T03:04:05.123456Z`, a space instead of the T,
/// seconds optional, an offset instead of the Z; without any, UTC. Digits beyond the microsecond are cut off.
struct TimestampText {
  private var position: Int
  private let end: Int

  /// Reads all of `range`.
  static func read(_ bytes: RawSpan, _ range: Range<Int>) throws(LineProblem) -> Timestamp {
    var text = TimestampText(position: range.lowerBound, end: range.upperBound)
    guard let time = text.time(bytes), text.position == text.end else {
      throw LineProblem("\"timestamp\" is no ISO 8601 time of the years 1 to 9999")
    }
    return time
  }

  private mutating func time(_ bytes: RawSpan) -> Timestamp? {
    guard let days = date(bytes), take("Tt ", bytes) != nil,
      let hour = number(2, 0...23, bytes), take(":", bytes) != nil, let minute = number(2, 0...59, bytes)
    else { return nil }
    var (second, fraction) = (0, 0)
    if take(":", bytes) != nil {
      guard let read = number(2, 0...59, bytes) else { return nil }
      second = read
      if take(".,", bytes) != nil {
        guard let read = microseconds(bytes) else { return nil }
        fraction = read
      }
    }
    guard let offset = offset(bytes) else { return nil }
    let seconds = ((days * 24 + hour) * 60 + minute - offset) * 60 + second
    let time = Int64(seconds * 1_000_000 + fraction)
    return Self.stored.contains(time) ? Timestamp(microseconds: time) : nil
  }

  /// 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999Z.
  private static let stored: ClosedRange<Int64> = -62_135_596_800_000_000...253_402_300_799_999_999

  /// Days since 1970-01-01.
  private mutating func date(_ bytes: RawSpan) -> Int? {
    guard let year = number(4, 1...9_999, bytes), take("-", bytes) != nil,
      let month = number(2, 1...12, bytes), take("-", bytes) != nil,
      let day = number(2, 1...Self.days(in: month, of: year), bytes)
    else { return nil }
    // Years that begin in March have their leap day last: era of 400 years, day of the era.
    let shifted = month > 2 ? year : year - 1
    let (era, yearOfEra) = (shifted / 400, shifted % 400)
    let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func days(in month: Int, of year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  private mutating func microseconds(_ bytes: RawSpan) -> Int? {
    var (value, digits) = (0, 0)
    while let digit = digit(bytes) {
      if digits < 6 { value = value * 10 + digit }
      digits += 1
    }
    guard digits > 0 else { return nil }
    for _ in 0..<max(0, 6 - digits) { value *= 10 }
    return value
  }

  /// Minutes east of Greenwich.
  private mutating func offset(_ bytes: RawSpan) -> Int? {
    if position == end || take("Zz", bytes) != nil { return 0 }
    guard let sign = take("+-", bytes), let hours = number(2, 0...23, bytes) else { return nil }
    var minutes = 0
    if position < end {
      _ = take(":", bytes)
      guard let read = number(2, 0...59, bytes) else { return nil }
      minutes = read
    }
    return (hours * 60 + minutes) * (sign == UInt8(ascii: "-") ? -1 : 1)
  }

  private mutating func number(_ digits: Int, _ range: ClosedRange<Int>, _ bytes: RawSpan) -> Int? {
    var value = 0
    for _ in 0..<digits {
      guard let digit = digit(bytes) else { return nil }
      value = value * 10 + digit
    }
    return range.contains(value) ? value : nil
  }

  private mutating func digit(_ bytes: RawSpan) -> Int? {
    take("0123456789", bytes).map { Int($0 - UInt8(ascii: "0")) }
  }

  private mutating func take(_ set: StaticString, _ bytes: RawSpan) -> UInt8? {
    guard position < end else { return nil }
    let byte = bytes.unsafeLoad(fromByteOffset: position, as: UInt8.self)
    for index in 0..<set.utf8CodeUnitCount where set.utf8Start[index] == byte {
      position += 1
      return byte
    }
    return nil
  }
}
