/// A reader of the forms in which programs write the time of an event. `spec/event-mapping.md`, section 3,
/// lists the forms, and says what is assumed where a form leaves out the zone, the year or the century.
///
/// The reader decides by the form alone and has no options. Digits after the microseconds are dropped.
package struct EventTimeReader {
  /// The longest text in bytes that is a time.
  package static let longest = 64

  private var cursor: TimeCursor
  private let now: UTCTime

  private init(_ text: [UInt8], now: UTCTime) {
    self.cursor = TimeCursor(text)
    self.now = now
  }

  /// Returns the moment that `text` names; nil when `text` has none of the forms.
  /// - Parameter now: The current time, from which a missing year or century is taken.
  package static func read(_ text: [UInt8], now: UTCTime) -> UTCTime? {
    guard text.count <= longest else { return nil }
    if let time = UTCTimeReader.read(text) { return time }
    var reader = EventTimeReader(trimmed(text), now: now)
    return reader.read()
  }

  /// Returns the moment that a JSON value names: a text in one of the forms, or a number since 1970; nil for others.
  /// - Parameters:
  ///   - value: The range of the value, without white space around it.
  ///   - text: Memory for the text, which the caller uses again.
  /// - Throws: `JSONSyntaxError` for a text that is not JSON.
  package static func read(
    _ value: Range<Int>, of bytes: RawSpan, now: UTCTime, using text: inout [UInt8]
  ) throws(JSONSyntaxError) -> UTCTime? {
    if JSONScanner.byte(value.lowerBound, bytes) == UInt8(ascii: "\"") {
      var scanner = JSONScanner(value)
      _ = try scanner.string(into: &text, in: bytes)
      return read(text, now: now)
    }
    guard value.count <= longest else { return nil }
    text.removeAll(keepingCapacity: true)
    bytes.extracting(value).withUnsafeBytes { text.append(contentsOf: $0) }
    return EpochTime.read(text)
  }

  /// Returns the text without spaces around it and without the brackets of access logs.
  private static func trimmed(_ text: [UInt8]) -> [UInt8] {
    func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    var piece = text.drop(while: isSpace)
    while let last = piece.last, isSpace(last) { piece.removeLast() }
    if piece.first == UInt8(ascii: "["), piece.last == UInt8(ascii: "]") {
      piece = piece.dropFirst().dropLast()
    }
    return Array(piece)
  }

  private mutating func read() -> UTCTime? {
    guard let first = cursor.next else { return nil }
    let isWord = (0x41...0x5A).contains(first & 0xDF)
    if isWord { return moment { $0.wordFirst() } }
    return EpochTime.read(cursor.text) ?? moment { $0.isoForm() } ?? moment { $0.accessLogForm() }
      ?? moment { $0.dayFirst() }
  }

  /// Runs `form` from the beginning; nil when bytes are left after it.
  private mutating func moment(_ form: (inout Self) -> UTCTime?) -> UTCTime? {
    cursor.at = 0
    guard let time = form(&self), cursor.isAtEnd else { return nil }
    return time
  }

  /// A weekday and the rest of its form, or syslog's form, which begins with the month.
  private mutating func wordFirst() -> UTCTime? {
    let word = cursor.letters()
    if let month = month(in: word) { return monthFirst(month) }
    guard isWeekday(word) else { return nil }
    if cursor.takes(",") {
      guard cursor.takesSpaces() else { return nil }
      return dayFirst()
    }
    guard cursor.takesSpaces(), let month = month(in: cursor.letters()) else { return nil }
    return monthFirst(month)
  }
}

extension EventTimeReader {
  /// ISO 8601 beyond `UTCTimeReader`: the basic form, a date alone, slashes, and names of UTC.
  private mutating func isoForm() -> UTCTime? {
    guard let year = cursor.number(digits: 4) else { return nil }
    let isExtended = cursor.takes("-", "/")
    guard let month = cursor.number(digits: 2) else { return nil }
    if isExtended { guard cursor.takes("-", "/") else { return nil } }
    guard let day = cursor.number(digits: 2),
      let days = CivilDate(year: year, month: month, day: day).daysSince1970
    else { return nil }
    if cursor.isAtEnd { return isExtended ? time(days, 0) : nil }
    guard cursor.takes("T", "t", " ") else { return nil }
    guard let timeOfDay = isExtended ? cursor.timeOfDay() : basicTimeOfDay(), let zone = zone() else {
      return nil
    }
    return time(days, timeOfDay - zone)
  }

  /// A time of day without colons.
  private mutating func basicTimeOfDay() -> Int64? {
    guard let hour = cursor.number(digits: 2), hour < 24, let minute = cursor.number(digits: 2), minute < 60,
      let seconds = cursor.seconds()
    else { return nil }
    return (hour * 60 + minute) * 60_000_000 + seconds
  }

  /// The form of access logs: `02/Jan/2026:03:04:05 +0100`.
  private mutating func accessLogForm() -> UTCTime? {
    guard let day = cursor.number(digits: 2), cursor.takes("/"), let month = month(in: cursor.letters()),
      cursor.takes("/"), let year = cursor.number(digits: 4), cursor.takes(":"),
      let days = CivilDate(year: year, month: month, day: day).daysSince1970,
      let timeOfDay = cursor.timeOfDay(), let zone = zone()
    else { return nil }
    return time(days, timeOfDay - zone)
  }

  /// The rest of the forms of RFC 1123, RFC 5322 and RFC 850, from the day on.
  private mutating func dayFirst() -> UTCTime? {
    guard let day = cursor.shortNumber(), cursor.takes(" ", "-"), let month = month(in: cursor.letters()),
      cursor.takes(" ", "-"), let year = year(), cursor.takesSpaces(),
      let days = CivilDate(year: year, month: month, day: day).daysSince1970,
      let timeOfDay = cursor.timeOfDay(), let zone = zone()
    else { return nil }
    return time(days, timeOfDay - zone)
  }

  /// The rest of asctime's and syslog's forms, after the month.
  private mutating func monthFirst(_ month: Int64) -> UTCTime? {
    guard cursor.takesSpaces(), let day = cursor.shortNumber(), cursor.takesSpaces() else { return nil }
    let start = cursor.at
    if let year = cursor.number(digits: 4), cursor.takesSpaces() {
      return dated(year, month, day)
    }
    cursor.at = start
    guard let timeOfDay = cursor.timeOfDay() else { return nil }
    var zone: Int64 = 0
    if !cursor.isAtEnd {
      let place = cursor.at
      if let year = yearAtEnd() { return moment(year, month, day, timeOfDay) }
      cursor.at = place
      guard let given = self.zone() else { return nil }
      zone = given
      if let year = yearAtEnd() { return moment(year, month, day, timeOfDay - zone) }
    }
    return nearest(month, day, timeOfDay - zone)
  }

  /// The rest of a form whose date is known: a time of day and a zone.
  private mutating func dated(_ year: Int64, _ month: Int64, _ day: Int64) -> UTCTime? {
    guard let timeOfDay = cursor.timeOfDay(), let zone = zone() else { return nil }
    return moment(year, month, day, timeOfDay - zone)
  }

  private mutating func yearAtEnd() -> Int64? {
    guard cursor.takesSpaces(), let year = cursor.number(digits: 4), cursor.isAtEnd else { return nil }
    return year
  }
}

extension EventTimeReader {
  /// The latest moment with this date and time that is at most a day after now; nil when no year has the date.
  private func nearest(_ month: Int64, _ day: Int64, _ timeOfDay: Int64) -> UTCTime? {
    let limit = now.microseconds.addingReportingOverflow(UTCTime.microsecondsPerDay)
    guard !limit.overflow else { return nil }
    let days = UTCTime.floorDivide(limit.partialValue, by: UTCTime.microsecondsPerDay).quotient
    let latest = CivilDate(daysSince1970: days).year + 1
    // A leap day is found within eight years, because 1900 and 2100 have none.
    for year in stride(from: latest, through: latest - 9, by: -1) {
      guard let time = moment(year, month, day, timeOfDay), time.microseconds <= limit.partialValue else {
        continue
      }
      return time
    }
    return nil
  }

  private func moment(_ year: Int64, _ month: Int64, _ day: Int64, _ timeOfDay: Int64) -> UTCTime? {
    CivilDate(year: year, month: month, day: day).daysSince1970.map { time($0, timeOfDay) }
  }

  /// - Parameter days: Days since 1970 of a year with four digits, so that the product fits 64 bits.
  private func time(_ days: Int64, _ timeOfDay: Int64) -> UTCTime {
    UTCTime(microseconds: days * UTCTime.microsecondsPerDay + timeOfDay)
  }

  /// Consumes a year of four digits, or of two digits, which is at most 50 years after now (RFC 9110, section
  /// 5.6.7).
  private mutating func year() -> Int64? {
    guard let short = cursor.number(digits: 2) else { return nil }
    if let rest = cursor.number(digits: 2) { return short * 100 + rest }
    let days = UTCTime.floorDivide(now.microseconds, by: UTCTime.microsecondsPerDay).quotient
    let current = CivilDate(daysSince1970: days).year
    let year = current - UTCTime.floorDivide(current, by: 100).remainder + short
    return year > current + 50 ? year - 100 : year <= current - 50 ? year + 100 : year
  }

  /// Consumes the zone at the end: nothing, `Z`, a name of UTC, or an offset, which a name of UTC may follow.
  /// - Returns: the microseconds that local time is ahead of UTC.
  private mutating func zone() -> Int64? {
    if cursor.isAtEnd || cursor.takes("Z", "z") { return 0 }
    _ = cursor.takesSpaces()
    if cursor.next == UInt8(ascii: "+") || cursor.next == UInt8(ascii: "-") {
      guard let offset = cursor.offset() else { return nil }
      let end = cursor.at
      if cursor.takesSpaces(), isUTC(cursor.letters()) { return offset }
      cursor.at = end
      return offset
    }
    return isUTC(cursor.letters()) ? 0 : nil
  }

  private func isUTC(_ word: Range<Int>) -> Bool {
    cursor.holds("UTC", in: word) || cursor.holds("GMT", in: word) || cursor.holds("Z", in: word)
      || cursor.holds("UT", in: word)
  }

  private func month(in word: Range<Int>) -> Int64? {
    return Self.months.firstIndex { cursor.holds($0.short, in: word) || cursor.holds($0.long, in: word) }
      .map { Int64($0) + 1 }
  }

  private func isWeekday(_ word: Range<Int>) -> Bool {
    Self.weekdays.contains { cursor.holds($0.short, in: word) || cursor.holds($0.long, in: word) }
  }

  private static let months: [(short: StaticString, long: StaticString)] = [
    ("Jan", "January"), ("Feb", "February"), ("Mar", "March"), ("Apr", "April"), ("May", "May"),
    ("Jun", "June"), ("Jul", "July"), ("Aug", "August"), ("Sep", "September"), ("Oct", "October"),
    ("Nov", "November"), ("Dec", "December"),
  ]
  private static let weekdays: [(short: StaticString, long: StaticString)] = [
    ("Mon", "Monday"), ("Tue", "Tuesday"), ("Wed", "Wednesday"), ("Thu", "Thursday"), ("Fri", "Friday"),
    ("Sat", "Saturday"), ("Sun", "Sunday"),
  ]
}
