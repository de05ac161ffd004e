internal import TextFormats

/// The parts of a `LogRecord` in JSON, as numbers and ranges.
struct JSONLogRecord {
  /// `timeUnixNano`; 0 without it.
  private(set) var time: UInt64 = 0
  /// `observedTimeUnixNano`; 0 without it.
  private(set) var observedTime: UInt64 = 0
  /// A scanner before the array of attributes; nil without one.
  private(set) var attributes: JSONScanner?
  private var severity: UInt64 = 0
  private var dropped: UInt64 = 0
  private var flags: UInt64 = 0
  private var body: JSONScanner?
  private var severityText: Range<Int>?
  private var eventName: Range<Int>?
  private var traceID: Range<Int>?
  private var spanID: Range<Int>?

  /// Reads the record in `range`.
  init(_ range: Range<Int>, of bytes: RawSpan) throws(JSONSyntaxError) {
    var scanner = JSONScanner(range)
    try scanner.members(in: bytes) { (name, scanner) throws(JSONSyntaxError) in
      guard try !scanner.takesNull(in: bytes) else { return }
      guard let member = Member(name: name) else {
        _ = try scanner.value(in: bytes)
        return
      }
      try read(member, &scanner, in: bytes)
    }
  }

  /// The members of a record.
  private enum Member: String, CaseIterable {
    case timeUnixNano, observedTimeUnixNano, severityNumber, severityText, body, attributes
    case droppedAttributesCount, flags, traceId, spanId, eventName

    init?(name: [UInt8]) {
      guard let member = Self.allCases.first(where: { name.elementsEqual($0.rawValue.utf8) }) else {
        return nil
      }
      self = member
    }
  }

  private mutating func read(
    _ member: Member, _ scanner: inout JSONScanner, in bytes: RawSpan
  ) throws(JSONSyntaxError) {
    switch member {
    case .timeUnixNano: time = try scanner.unsigned(in: bytes)
    case .observedTimeUnixNano: observedTime = try scanner.unsigned(in: bytes)
    case .severityNumber: severity = try scanner.unsigned(in: bytes)
    case .droppedAttributesCount: dropped = try scanner.unsigned(in: bytes)
    case .flags: flags = try scanner.unsigned(in: bytes)
    case .severityText: severityText = try Self.text(&scanner, in: bytes)
    case .eventName: eventName = try Self.text(&scanner, in: bytes)
    case .traceId: traceID = try Self.text(&scanner, in: bytes)
    case .spanId: spanID = try Self.text(&scanner, in: bytes)
    case .body:
      body = scanner
      _ = try scanner.value(in: bytes)
    case .attributes:
      attributes = scanner
      _ = try scanner.value(in: bytes)
    }
  }

  /// Returns the range of a string with its quotation marks; nil for an empty one.
  private static func text(
    _ scanner: inout JSONScanner, in bytes: RawSpan
  ) throws(JSONSyntaxError) -> Range<Int>? {
    let range = try scanner.stringToken(in: bytes)
    return range.count == 2 ? nil : range
  }

  /// Writes the members before the attributes.
  func writeBeginning(to text: inout JSONTextBuilder, of bytes: RawSpan) throws(JSONSyntaxError) {
    text.add("{\"body\":")
    if var body { try text.anyValue(&body, in: bytes) } else { text.add("null") }
    Self.write(severity, as: ",\"severity_number\":", to: &text)
    Self.write(severityText, as: ",\"severity_text\":", to: &text, of: bytes)
  }

  /// Writes the members after the attributes, in the same order as for Protocol Buffers.
  func writeEnd(to text: inout JSONTextBuilder, of bytes: RawSpan) {
    Self.write(eventName, as: ",\"event_name\":", to: &text, of: bytes)
    Self.write(traceID, as: ",\"trace_id\":", to: &text, of: bytes)
    Self.write(spanID, as: ",\"span_id\":", to: &text, of: bytes)
    Self.write(flags, as: ",\"flags\":", to: &text)
    Self.write(dropped, as: ",\"dropped_attributes_count\":", to: &text)
    Self.write(time, as: ",\"time_unix_nano\":", to: &text)
    Self.write(observedTime, as: ",\"observed_time_unix_nano\":", to: &text)
  }

  private static func write(_ number: UInt64, as name: StaticString, to text: inout JSONTextBuilder) {
    guard number != 0 else { return }
    text.add(name)
    text.integer(number)
  }

  private static func write(
    _ token: Range<Int>?, as name: StaticString, to text: inout JSONTextBuilder, of bytes: RawSpan
  ) {
    guard let token else { return }
    text.add(name)
    text.add(token, of: bytes)
  }
}
