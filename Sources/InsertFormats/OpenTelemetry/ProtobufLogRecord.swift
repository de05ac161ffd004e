/// The parts of a `LogRecord` in Protocol Buffers, as numbers and ranges. One value is reused for all records.
struct ProtobufLogRecord {
  /// `time_unix_nano`; 0 without it.
  private(set) var time: UInt64 = 0
  /// `observed_time_unix_nano`; 0 without it.
  private(set) var observedTime: UInt64 = 0
  private var severity: UInt64 = 0
  private var severityText: Range<Int>?
  private var body: Range<Int>?
  private var attributes: [Range<Int>] = []
  private var dropped: UInt64 = 0
  private var flags: UInt32 = 0
  private var traceID: Range<Int>?
  private var spanID: Range<Int>?
  private var eventName: Range<Int>?

  private mutating func clear() {
    (time, observedTime, severity, dropped, flags) = (0, 0, 0, 0, 0)
    (severityText, body, traceID, spanID, eventName) = (nil, nil, nil, nil, nil)
    attributes.removeAll(keepingCapacity: true)
  }

  /// Reads the record in `range`.
  mutating func read(_ range: Range<Int>, of bytes: RawSpan) throws(InsertFormatError) {
    clear()
    var scanner = ProtobufScanner(range)
    while let field = try scanner.next(in: bytes) {
      switch field.value {
      case .bytes(let part): set(field.number, part)
      case .fixed64(let value):
        if field.number == LogFields.LogRecord.time { time = value }
        if field.number == LogFields.LogRecord.observedTime { observedTime = value }
      case .fixed32(let value):
        if field.number == LogFields.LogRecord.flags { flags = value }
      case .varint(let value):
        if field.number == LogFields.LogRecord.severityNumber {
          severity = try Self.severity(value, at: scanner.place)
        }
        if field.number == LogFields.LogRecord.droppedAttributes {
          dropped = UInt64(UInt32(truncatingIfNeeded: value))
        }
      }
    }
  }

  /// Returns the number of a severity, which is an enumeration of 32 bits.
  private static func severity(_ value: UInt64, at place: Int) throws(InsertFormatError) -> UInt64 {
    guard let number = UInt64(exactly: Int32(truncatingIfNeeded: value)) else {
      throw InsertFormatError(offset: place, message: "severity_number is negative")
    }
    return number
  }

  private mutating func set(_ number: UInt32, _ part: Range<Int>) {
    switch number {
    case LogFields.LogRecord.body: body = part
    case LogFields.LogRecord.attributes: attributes.append(part)
    case LogFields.LogRecord.severityText: severityText = part.isEmpty ? nil : part
    case LogFields.LogRecord.traceID: traceID = part.isEmpty ? nil : part
    case LogFields.LogRecord.spanID: spanID = part.isEmpty ? nil : part
    case LogFields.LogRecord.eventName: eventName = part.isEmpty ? nil : part
    default: break
    }
  }

  /// Writes the record as the beginning of a JSON object, without the closing brace.
  /// - Returns: the texts of the attributes that have a role.
  func write(
    to text: inout JSONTextBuilder, of bytes: RawSpan, attributes roles: LogNames.Attributes
  ) throws(InsertFormatError) -> LogNames {
    var names = LogNames()
    text.add("{\"body\":")
    if let body { try text.anyValue(body, of: bytes) } else { text.add("null") }
    if severity != 0 {
      text.add(",\"severity_number\":")
      text.integer(severity)
    }
    if let severityText {
      text.add(",\"severity_text\":")
      text.string(severityText, of: bytes)
    }
    if !attributes.isEmpty {
      text.add(",\"attributes\":{")
      for (index, attribute) in attributes.enumerated() {
        try text.attribute(attribute, of: bytes, isFirst: index == 0, roles, named: &names)
      }
      text.add("}")
    }
    if let eventName {
      text.add(",\"event_name\":")
      text.string(eventName, of: bytes)
    }
    writeTrace(to: &text, of: bytes)
    writeNumbers(to: &text)
    return names
  }

  private func writeTrace(to text: inout JSONTextBuilder, of bytes: RawSpan) {
    if let traceID {
      text.add(",\"trace_id\":")
      text.hexadecimal(traceID, of: bytes)
    }
    if let spanID {
      text.add(",\"span_id\":")
      text.hexadecimal(spanID, of: bytes)
    }
  }

  private func writeNumbers(to text: inout JSONTextBuilder) {
    if flags != 0 {
      text.add(",\"flags\":")
      text.integer(flags)
    }
    if dropped != 0 {
      text.add(",\"dropped_attributes_count\":")
      text.integer(dropped)
    }
    if time != 0 {
      text.add(",\"time_unix_nano\":")
      text.integer(time)
    }
    if observedTime != 0 {
      text.add(",\"observed_time_unix_nano\":")
      text.integer(observedTime)
    }
  }
}
