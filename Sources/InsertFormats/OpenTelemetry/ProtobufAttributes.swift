internal import TextFormats

/// Writes values and attributes of OTLP in Protocol Buffers as JSON text.
extension JSONTextBuilder {
  /// Maximum number of levels of a value: the value itself, and each list around it. A deeper value is an error, because
  /// reading it recurses.
  static let deepestLogValue = 128

  /// Adds an `AnyValue`: a message of which the last field counts; null without a field.
  mutating func anyValue(
    _ range: Range<Int>, of bytes: RawSpan, depth: Int = 0
  ) throws(InsertFormatError) {
    guard depth < Self.deepestLogValue else {
      throw InsertFormatError(
        offset: range.lowerBound, message: "a value is nested deeper than \(Self.deepestLogValue) levels")
    }
    var scanner = ProtobufScanner(range)
    var last: ProtobufScanner.Field?
    while let field = try scanner.next(in: bytes) {
      if (LogFields.AnyValue.string...LogFields.AnyValue.bytes).contains(field.number) { last = field }
    }
    switch (last?.number, last?.value) {
    case (LogFields.AnyValue.string, .bytes(let text)): string(text, of: bytes)
    case (LogFields.AnyValue.bool, .varint(let value)):
      if value == 0 { add("false") } else { add("true") }
    case (LogFields.AnyValue.int, .varint(let value)): integer(Int64(bitPattern: value))
    case (LogFields.AnyValue.double, .fixed64(let bits)): double(Double(bitPattern: bits))
    case (LogFields.AnyValue.array, .bytes(let list)): try array(list, of: bytes, depth: depth)
    case (LogFields.AnyValue.keyValueList, .bytes(let list)): try object(list, of: bytes, depth: depth)
    case (LogFields.AnyValue.bytes, .bytes(let raw)): base64(raw, of: bytes)
    default: add("null")
    }
  }

  private mutating func array(
    _ list: Range<Int>, of bytes: RawSpan, depth: Int
  ) throws(InsertFormatError) {
    var scanner = ProtobufScanner(list)
    var isFirst = true
    noteNesting()
    add(byte: UInt8(ascii: "["))
    while let field = try scanner.next(in: bytes) {
      guard field.number == LogFields.List.values, case .bytes(let value) = field.value else { continue }
      if !isFirst { add(byte: UInt8(ascii: ",")) }
      isFirst = false
      try anyValue(value, of: bytes, depth: depth + 1)
    }
    add(byte: UInt8(ascii: "]"))
  }

  private mutating func object(
    _ list: Range<Int>, of bytes: RawSpan, depth: Int
  ) throws(InsertFormatError) {
    var scanner = ProtobufScanner(list)
    var isFirst = true
    noteNesting()
    add(byte: UInt8(ascii: "{"))
    while let field = try scanner.next(in: bytes) {
      guard field.number == LogFields.List.values, case .bytes(let pair) = field.value else { continue }
      if !isFirst { add(byte: UInt8(ascii: ",")) }
      isFirst = false
      let attribute = try ProtobufAttribute(pair, of: bytes)
      string(attribute.key, of: bytes)
      add(byte: UInt8(ascii: ":"))
      try anyValue(attribute.value, of: bytes, depth: depth + 1)
    }
    add(byte: UInt8(ascii: "}"))
  }
}

/// The parts of a `KeyValue`, as ranges.
struct ProtobufAttribute {
  private(set) var key = 0..<0
  /// The range of an `AnyValue`.
  private(set) var value = 0..<0

  init(_ range: Range<Int>, of bytes: RawSpan) throws(InsertFormatError) {
    var scanner = ProtobufScanner(range)
    while let field = try scanner.next(in: bytes) {
      guard case .bytes(let part) = field.value else { continue }
      switch field.number {
      case LogFields.KeyValue.key: key = part
      case LogFields.KeyValue.value: value = part
      default: break
      }
    }
  }

  /// Returns the text of a string or an integer; nil for another kind. The last field decides, as in `anyValue`.
  func text(in bytes: RawSpan) throws(InsertFormatError) -> [UInt8]? {
    var scanner = ProtobufScanner(value)
    var text: [UInt8]?
    while let field = try scanner.next(in: bytes) {
      switch (field.number, field.value) {
      case (LogFields.AnyValue.string, .bytes(let part)):
        text = bytes.copy(part)
      case (LogFields.AnyValue.int, .varint(let value)): text = Array("\(Int64(bitPattern: value))".utf8)
      default:
        if (LogFields.AnyValue.string...LogFields.AnyValue.bytes).contains(field.number) { text = nil }
      }
    }
    return text
  }
}
