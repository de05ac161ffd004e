/// A cursor over the text of a time, with the parts that several forms of times share.
struct TimeCursor {
  let text: [UInt8]
  /// The offset of the next byte.
  var at = 0

  init(_ text: [UInt8]) {
    self.text = text
  }

  /// Whether all bytes are read.
  var isAtEnd: Bool { at == text.count }

  /// The next byte; nil at the end.
  var next: UInt8? { at < text.count ? text[at] : nil }

  /// Consumes the next byte if it is one of `choices`.
  mutating func takes(_ choices: Unicode.Scalar...) -> Bool {
    guard at < text.count, choices.contains(Unicode.Scalar(text[at])) else { return false }
    at += 1
    return true
  }

  /// Consumes spaces.
  /// - Returns: whether there was a space.
  mutating func takesSpaces() -> Bool {
    let start = at
    while next == UInt8(ascii: " ") { at += 1 }
    return at > start
  }

  /// Consumes a decimal digit and returns its value.
  mutating func digit() -> Int64? {
    guard at < text.count, case let byte = text[at], (0x30...0x39).contains(byte) else { return nil }
    at += 1
    return Int64(byte - 0x30)
  }

  /// Consumes a number of exactly `digits` digits, at most 18.
  mutating func number(digits: Int) -> Int64? {
    assert(digits <= 18, "the number fits 64 bits")
    var number: Int64 = 0
    for _ in 0..<digits {
      guard let digit = digit() else { return nil }
      number = number * 10 + digit
    }
    return number
  }

  /// Consumes a number of one or two digits.
  mutating func shortNumber() -> Int64? {
    guard let first = digit() else { return nil }
    return digit().map { first * 10 + $0 } ?? first
  }

  /// Consumes the digits after a decimal point and returns them in microseconds. Digits after the sixth are
  /// dropped.
  mutating func fraction() -> Int64? {
    let start = at
    var microseconds: Int64 = 0
    var unit: Int64 = 100_000
    while let digit = digit() {
      microseconds += digit * unit
      unit /= 10
    }
    return at > start ? microseconds : nil
  }

  /// Consumes letters of ASCII.
  /// - Returns: their range; empty when there is none.
  mutating func letters() -> Range<Int> {
    let start = at
    while let byte = next, (0x41...0x5A).contains(byte & 0xDF) { at += 1 }
    return start..<at
  }

  /// Whether the bytes of `range` are `word` in any case.
  func holds(_ word: StaticString, in range: Range<Int>) -> Bool {
    guard word.utf8CodeUnitCount == range.count else { return false }
    return zip(range, 0..<range.count).allSatisfy { text[$0] | 0x20 == word.utf8Start[$1] | 0x20 }
  }
}

extension TimeCursor {
  /// Consumes a time of day with colons: hours, minutes, and seconds with a fraction, both optional. The 60th
  /// second is the first moment after the minute.
  /// - Returns: the microseconds since midnight.
  mutating func timeOfDay() -> Int64? {
    guard let hour = number(digits: 2), hour < 24, takes(":"), let minute = number(digits: 2), minute < 60
    else { return nil }
    let microseconds: Int64 = (hour * 60 + minute) * 60_000_000
    guard takes(":") else { return microseconds }
    return seconds().map { microseconds + $0 }
  }

  /// Consumes two digits of seconds and an optional fraction.
  /// - Returns: microseconds.
  mutating func seconds() -> Int64? {
    guard let second = number(digits: 2), second <= 60 else { return nil }
    guard takes(".", ",") else { return second * 1_000_000 }
    return fraction().map { second == 60 ? 60_000_000 : second * 1_000_000 + $0 }
  }

  /// Consumes an offset from UTC: a sign, hours, and minutes with or without a colon.
  /// - Returns: the microseconds that local time is ahead of UTC.
  mutating func offset() -> Int64? {
    let isAhead = takes("+")
    guard isAhead || takes("-"), let hours = number(digits: 2), hours < 24 else { return nil }
    var minutes: Int64 = 0
    if takes(":") || (0x30...0x39).contains(next ?? 0) {
      guard let given = number(digits: 2), given < 60 else { return nil }
      minutes = given
    }
    let offset = (hours * 60 + minutes) * 60_000_000
    return isAhead ? offset : -offset
  }
}
