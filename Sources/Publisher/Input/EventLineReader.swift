import ClientLib

/// Reads one event a line, as Sluice's HTTP side takes them, in a single pass and without an object per
/// event:
///
///     {"topic":"a.b.c","event_id":"1","timestamp":"2026-01-02T03:04:05Z","source":"me","payload":{}}
///
/// The payload is an object, null or absent. Unknown and repeated fields are refused by name.
struct EventLineReader {
  /// Unicode scalars in a topic, event id or source.
  static let longestName = 255

  /// The last line, when one of its names has escapes, and behind it those names without them.
  private(set) var copy: [UInt8] = []

  private struct Fields {
    var topic: Range<Int>?
    var id: Range<Int>?
    var source: Range<Int>?
    var timestamp: Timestamp?
    var payload: Range<Int>?
    var hasPayload = false
  }

  /// Reads `line`, which has no line end.
  mutating func read(_ line: RawSpan) throws(LineProblem) -> EventLine {
    copy.removeAll(keepingCapacity: true)
    guard line.isUTF8 else { throw LineProblem("the line is not UTF-8") }
    var scanner = JSONScanner()
    var fields = Fields()
    scanner.skipSpace(line)
    try scanner.expect(UInt8(ascii: "{"), "an object", line)
    scanner.skipSpace(line)
    if !scanner.take(UInt8(ascii: "}"), line) {
      repeat {
        scanner.skipSpace(line)
        try readField(&scanner, line, &fields)
        scanner.skipSpace(line)
      } while scanner.take(UInt8(ascii: ","), line)
      try scanner.expect(UInt8(ascii: "}"), "a comma or }", line)
    }
    scanner.skipSpace(line)
    guard scanner.peek(line) == nil else { throw .expected("the end of the line", at: scanner.position) }
    return try event(fields)
  }

  private mutating func readField(
    _ scanner: inout JSONScanner, _ line: RawSpan, _ fields: inout Fields
  ) throws(LineProblem) {
    let name = try scanner.string(line)
    scanner.skipSpace(line)
    try scanner.expect(UInt8(ascii: ":"), "a colon", line)
    scanner.skipSpace(line)
    let text = name.hasEscapes ? "" : line.text(name.range)
    switch text {
    case "topic": fields.topic = try self.name("topic", fields.topic, &scanner, line)
    case "event_id": fields.id = try self.name("event_id", fields.id, &scanner, line)
    case "source": fields.source = try self.name("source", fields.source, &scanner, line)
    case "timestamp":
      guard fields.timestamp == nil else { throw .repeated("timestamp") }
      fields.timestamp = try TimestampText.read(line, scanner.string(line).range)
    case "payload":
      guard !fields.hasPayload else { throw .repeated("payload") }
      fields.hasPayload = true
      fields.payload = try payload(&scanner, line)
    default:
      throw LineProblem("unknown field \"\(line.text(name.range))\"")
    }
  }

  private mutating func name(
    _ field: String, _ earlier: Range<Int>?, _ scanner: inout JSONScanner, _ line: RawSpan
  ) throws(LineProblem) -> Range<Int> {
    guard earlier == nil else { throw .repeated(field) }
    let text = try scanner.string(line)
    var (range, scalars) = (text.range, 0)
    if text.hasEscapes {
      range = try unescape(text.range, line)
      scalars = copy.span.bytes.scalarCount(range)
    } else {
      scalars = line.scalarCount(range)
    }
    guard (1...Self.longestName).contains(scalars) else {
      throw LineProblem("\"\(field)\" has \(scalars) characters; it takes 1 to \(Self.longestName)")
    }
    return range
  }

  /// Puts a name without its escapes behind the copy of the line.
  private mutating func unescape(_ range: Range<Int>, _ line: RawSpan) throws(LineProblem) -> Range<Int> {
    if copy.isEmpty { line.withUnsafeBytes { copy.append(contentsOf: $0) } }
    let start = copy.count
    var scanner = JSONScanner()
    scanner.advance(range.lowerBound)
    while scanner.position < range.upperBound, let byte = scanner.peek(line) {
      if byte == UInt8(ascii: "\\") {
        copy += Array(String(try scanner.escape(line)).utf8)
      } else {
        copy.append(byte)
        scanner.advance()
      }
    }
    return start..<copy.count
  }

  private func payload(_ scanner: inout JSONScanner, _ line: RawSpan) throws(LineProblem) -> Range<Int>? {
    if scanner.take("null", line) { return nil }
    guard scanner.peek(line) == UInt8(ascii: "{") else {
      throw LineProblem("\"payload\" is neither an object nor null")
    }
    return try scanner.value(line)
  }

  private func event(_ fields: Fields) throws(LineProblem) -> EventLine {
    guard let topic = fields.topic else { throw .missing("topic") }
    guard let id = fields.id else { throw .missing("event_id") }
    guard let timestamp = fields.timestamp else { throw .missing("timestamp") }
    guard let source = fields.source else { throw .missing("source") }
    return EventLine(
      topic: topic, id: id, source: source, timestamp: timestamp, payload: fields.payload,
      isCopied: !copy.isEmpty)
  }
}

extension LineProblem {
  fileprivate static func repeated(_ field: String) -> LineProblem {
    LineProblem("\"\(field)\" stands twice")
  }
  fileprivate static func missing(_ field: String) -> LineProblem { LineProblem("\"\(field)\" is missing") }
}

extension RawSpan {
  fileprivate var isUTF8: Bool {
    // Where it is not does not matter: the line is refused.
    withUnsafeBytes { $0.withMemoryRebound(to: UInt8.self) { (try? UTF8Span(validating: $0.span)) != nil } }
  }

  /// The Unicode scalars of valid UTF-8: the bytes that begin one.
  fileprivate func scalarCount(_ range: Range<Int>) -> Int {
    var count = 0
    for offset in range where unsafeLoad(fromByteOffset: offset, as: UInt8.self) & 0xC0 != 0x80 { count += 1 }
    return count
  }

  fileprivate func text(_ range: Range<Int>) -> String {
    extracting(range).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
  }
}
