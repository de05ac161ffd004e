import ClientLib
import TextFormats

/// Ranges of the parts of one event in its line.
struct EventLine: Hashable {
  let topic: Range<Int>
  /// Nil when the line has no id, and need not have one.
  let id: Range<Int>?
  let source: Range<Int>
  let timestamp: Timestamp
  /// Bytes of the payload as they are in the line; nil for no payload.
  let payload: Range<Int>?
  /// Whether the ranges refer to the reader's copy of the line, which has names without escapes at its end.
  let isCopied: Bool
}

/// Reads one event from a line, in the format of `POST /publish`, in a single pass and without an object
/// for each event:
///
///     {"topic":"a.b.c","event_id":"1","timestamp":"2026-01-02T03:04:05Z","source":"me","payload":{}}
///
/// The payload is an object, null or absent. Unknown and repeated fields are rejected with their names.
struct EventLineReader {
  /// Unicode scalars that topic, event id and source have at most.
  static let longestName = 255

  /// Whether every line must have an id.
  private let requiresID: Bool

  /// Copy of the last line, followed by its names without escapes. Empty when the line has no escapes in
  /// names.
  private(set) var copy: [UInt8] = []

  private struct Fields {
    var topic: Range<Int>?
    var id: Range<Int>?
    var source: Range<Int>?
    var timestamp: Timestamp?
    var payload: Range<Int>?
    var hasPayload = false
  }

  /// - Parameter requiresID: false when the caller has ids for lines without one.
  init(requiresID: Bool = true) {
    self.requiresID = requiresID
  }

  /// Reads `line`, which has no line end.
  mutating func read(_ line: RawSpan) throws(LineProblem) -> EventLine {
    copy.removeAll(keepingCapacity: true)
    guard line.isUTF8 else { throw LineProblem("the line is not UTF-8") }
    var scanner = EventLineScanner()
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
    _ scanner: inout EventLineScanner, _ line: RawSpan, _ fields: inout Fields
  ) throws(LineProblem) {
    let name = try scanner.string(line)
    scanner.skipSpace(line)
    try scanner.expect(UInt8(ascii: ":"), "a colon", line)
    scanner.skipSpace(line)
    let text = name.hasEscapes ? "" : line.text(name.range)
    do throws(LineProblem) {
      try readValue(of: text, name.range, &scanner, line, &fields)
    } catch {
      throw error.inside(text)
    }
  }

  private mutating func readValue(
    of text: String, _ name: Range<Int>, _ scanner: inout EventLineScanner, _ line: RawSpan,
    _ fields: inout Fields
  ) throws(LineProblem) {
    switch text {
    case "topic": fields.topic = try self.name("topic", fields.topic, &scanner, line)
    case "event_id": fields.id = try self.name("event_id", fields.id, &scanner, line)
    case "source": fields.source = try self.name("source", fields.source, &scanner, line)
    case "timestamp":
      guard fields.timestamp == nil else { throw .repeated("timestamp") }
      fields.timestamp = try Self.timestamp(line, scanner.string(line).range)
    case "payload":
      guard !fields.hasPayload else { throw .repeated("payload") }
      fields.hasPayload = true
      fields.payload = try payload(&scanner, line)
    default:
      throw LineProblem("unknown field \"\(line.text(name))\"")
    }
  }

  private mutating func name(
    _ field: String, _ earlier: Range<Int>?, _ scanner: inout EventLineScanner, _ line: RawSpan
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

  /// Appends a name without its escapes to the copy of the line.
  private mutating func unescape(_ range: Range<Int>, _ line: RawSpan) throws(LineProblem) -> Range<Int> {
    if copy.isEmpty { line.withUnsafeBytes { copy.append(contentsOf: $0) } }
    let start = copy.count
    var scanner = EventLineScanner()
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

  /// 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999Z, which is what a server stores.
  private static let storedTimes: ClosedRange<Int64> = -62_135_596_800_000_000...253_402_300_799_999_999

  private static func timestamp(_ line: RawSpan, _ range: Range<Int>) throws(LineProblem) -> Timestamp {
    let text = line.extracting(range).withUnsafeBytes { Array($0) }
    guard let time = UTCTimeReader.read(text)?.microseconds, storedTimes.contains(time) else {
      throw LineProblem("\"timestamp\" is no ISO 8601 time of the years 1 to 9999")
    }
    return Timestamp(microseconds: time)
  }

  private func payload(_ scanner: inout EventLineScanner, _ line: RawSpan) throws(LineProblem) -> Range<Int>?
  {
    if scanner.take("null", line) { return nil }
    guard scanner.peek(line) == UInt8(ascii: "{") else {
      throw LineProblem("\"payload\" is neither an object nor null")
    }
    return try scanner.value(line)
  }

  private func event(_ fields: Fields) throws(LineProblem) -> EventLine {
    guard let topic = fields.topic else { throw .missing("topic") }
    guard fields.id != nil || !requiresID else { throw .missing("event_id") }
    guard let timestamp = fields.timestamp else { throw .missing("timestamp") }
    guard let source = fields.source else { throw .missing("source") }
    return EventLine(
      topic: topic, id: fields.id, source: source, timestamp: timestamp, payload: fields.payload,
      isCopied: !copy.isEmpty)
  }
}

extension LineProblem {
  fileprivate static func repeated(_ field: String) -> LineProblem {
    LineProblem("\"\(field)\" appears twice")
  }
  fileprivate static func missing(_ field: String) -> LineProblem { LineProblem("\"\(field)\" is missing") }
}

extension RawSpan {
  fileprivate var isUTF8: Bool {
    // The position of the error is not needed, because the whole line is rejected.
    withUnsafeBytes { $0.withMemoryRebound(to: UInt8.self) { (try? UTF8Span(validating: $0.span)) != nil } }
  }

  /// Number of Unicode scalars in valid UTF-8: the bytes that are not continuation bytes.
  fileprivate func scalarCount(_ range: Range<Int>) -> Int {
    var count = 0
    for offset in range where unsafeLoad(fromByteOffset: offset, as: UInt8.self) & 0xC0 != 0x80 { count += 1 }
    return count
  }

  fileprivate func text(_ range: Range<Int>) -> String {
    extracting(range).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
  }
}
