/// Reads a line of syslog: RFC 5424, RFC 3164, or the form in which daemons write RFC 3164 to files, without a priority
/// and perhaps with a time of RFC 3339.
///
/// The object has the members `facility`, `severity`, `timestamp`, `hostname`, `appname`, `procid`, `msgid`,
/// `structured_data` and `message`. A member that the line does not have is left out.
struct SyslogParser {
  private static let facilities = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
    "ntp",
    "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
  ]
  private static let severities = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
  private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
  private static let longestTag = 48

  private var value: [UInt8] = []

  /// Writes the parts of a line as an object.
  mutating func write(_ line: ArraySlice<UInt8>, to object: inout JSONObjectWriter) throws(LineProblem) {
    var cursor = ByteCursor(line)
    object.begin()
    if cursor.peek == UInt8(ascii: "<") {
      let priority = try self.priority(&cursor)
      object.member("facility".utf8, Self.facilities[priority / 8].utf8)
      object.member("severity".utf8, Self.severities[priority % 8].utf8)
      if Self.hasVersion(cursor) {
        try writeRFC5424(&cursor, to: &object)
        return object.end()
      }
    }
    writeRFC3164(&cursor, to: &object)
    object.end()
  }

  private func priority(_ cursor: inout ByteCursor) throws(LineProblem) -> Int {
    _ = cursor.take("<")
    let digits = cursor.take { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard (1...3).contains(digits.count), let number = Int(String(decoding: digits, as: UTF8.self)),
      number <= 191,
      cursor.take(">")
    else { throw LineProblem("the priority is not a number from 0 to 191 in <>") }
    return number
  }

  /// Whether the version of RFC 5424 is next: 1 to 3 digits, the first not 0, and a space.
  private static func hasVersion(_ cursor: ByteCursor) -> Bool {
    var cursor = cursor
    guard cursor.peek != UInt8(ascii: "0") else { return false }
    let digits = cursor.take { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    return (1...3).contains(digits.count) && cursor.peek == UInt8(ascii: " ")
  }
}

// MARK: RFC 5424

extension SyslogParser {
  private mutating func writeRFC5424(
    _ cursor: inout ByteCursor, to object: inout JSONObjectWriter
  ) throws(LineProblem) {
    let version = cursor.word()
    guard version.elementsEqual("1".utf8) else {
      throw LineProblem("the version of the format is not 1")
    }
    for name in ["timestamp", "hostname", "appname", "procid", "msgid"] {
      let word = cursor.word()
      guard !word.isEmpty else { throw LineProblem("\"\(name)\" is missing") }
      if !word.elementsEqual("-".utf8) { object.member(name.utf8, word) }
    }
    if !cursor.take("-") { try writeStructuredData(&cursor, to: &object) }
    guard cursor.peek != nil else { return }
    guard cursor.take(" ") else { throw .expected("a space", at: cursor.place - 1) }
    var message = cursor.rest
    if message.starts(with: Self.mark) { message = message.dropFirst(Self.mark.count) }
    object.member("message".utf8, message)
  }

  private mutating func writeStructuredData(
    _ cursor: inout ByteCursor, to object: inout JSONObjectWriter
  ) throws(LineProblem) {
    guard cursor.peek == UInt8(ascii: "[") else {
      throw .expected("structured data or -", at: cursor.place - 1)
    }
    object.object("structured_data".utf8)
    while cursor.take("[") {
      object.object(try name(&cursor))
      while cursor.take(" ") {
        let name = try name(&cursor)
        guard cursor.take("="), cursor.take("\"") else { throw .expected("=\"", at: cursor.place - 1) }
        try readValue(&cursor)
        object.member(name, value)
      }
      guard cursor.take("]") else { throw .expected("]", at: cursor.place - 1) }
      object.end()
    }
    object.end()
  }

  /// Takes an SD-NAME: 1 to 32 printable characters without =, ], " and space.
  private func name(_ cursor: inout ByteCursor) throws(LineProblem) -> ArraySlice<UInt8> {
    let place = cursor.place
    let name = cursor.take {
      (0x21..<0x7F).contains($0) && $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: "]")
        && $0 != UInt8(ascii: "\"")
    }
    guard (1...32).contains(name.count) else {
      throw LineProblem("a name of 1 to 32 characters is missing at byte \(place)")
    }
    return name
  }

  private mutating func readValue(_ cursor: inout ByteCursor) throws(LineProblem) {
    value.removeAll(keepingCapacity: true)
    let start = cursor.place - 1
    while let byte = cursor.next() {
      if byte == UInt8(ascii: "\"") { return }
      // Before any other character the backslash is a regular character.
      if byte == UInt8(ascii: "\\"), let next = cursor.peek, #""\]"#.utf8.contains(next) {
        value.append(next)
        _ = cursor.next()
      } else {
        value.append(byte)
      }
    }
    throw LineProblem("a value that begins at byte \(start) has no end")
  }
}

// MARK: RFC 3164

extension SyslogParser {
  /// A line without a time is a message as a whole (RFC 3164, section 4.3.3).
  private func writeRFC3164(_ cursor: inout ByteCursor, to object: inout JSONObjectWriter) {
    guard let time = time(&cursor) else { return object.member("message".utf8, cursor.rest) }
    object.member("timestamp".utf8, time)
    let host = cursor.word()
    if !host.isEmpty { object.member("hostname".utf8, host) }
    var tagged = cursor
    let tag = tagged.take { $0 > 0x20 && $0 != UInt8(ascii: "[") && $0 != UInt8(ascii: ":") }
    var process: ArraySlice<UInt8> = []
    if tagged.take("[") {
      process = tagged.take { $0 > 0x20 && $0 != UInt8(ascii: "]") }
      guard tagged.take("]") else { return object.member("message".utf8, cursor.rest) }
    }
    if (1...Self.longestTag).contains(tag.count), tagged.take(":") {
      object.member("appname".utf8, tag)
      if !process.isEmpty { object.member("procid".utf8, process) }
      cursor = tagged
      _ = cursor.take(" ")
    }
    object.member("message".utf8, cursor.rest)
  }

  /// Takes `Mmm dd hh:mm:ss` or a time of RFC 3339, and the space after it.
  private func time(_ cursor: inout ByteCursor) -> ArraySlice<UInt8>? {
    let rest = cursor.rest
    if let first = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) {
      var probe = cursor
      let word = probe.word()
      guard word.count >= 19, word[word.startIndex + 10] == UInt8(ascii: "T") else { return nil }
      cursor = probe
      return word
    }
    guard rest.count > 15, Self.months.contains(String(decoding: rest.prefix(3), as: UTF8.self)),
      rest[rest.startIndex + 3] == UInt8(ascii: " "), rest[rest.startIndex + 9] == UInt8(ascii: ":"),
      rest[rest.startIndex + 12] == UInt8(ascii: ":"), rest[rest.startIndex + 15] == UInt8(ascii: " ")
    else { return nil }
    cursor = ByteCursor(rest.dropFirst(16))
    return rest.prefix(15)
  }
}
