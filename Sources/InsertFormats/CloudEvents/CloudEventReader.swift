internal import TextFormats

/// Reads CloudEvents 1.0 in the structured mode and in batches
/// (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md).
///
/// The payload of an event is the CloudEvent as it is written.
package struct CloudEventReader {
  private let rule: CloudEventRule
  private var event = InsertedEvent()
  private var text: [UInt8] = []

  package init(_ rule: CloudEventRule) {
    self.rule = rule
  }

  /// Reads one CloudEvent.
  /// - Throws: `InsertFormatError` when the bytes are not JSON, or not a CloudEvent.
  package mutating func readEvent(
    _ range: Range<Int>, of bytes: RawSpan, into sink: inout some InsertSink
  ) throws(InsertFormatError) {
    do throws(JSONSyntaxError) {
      var scanner = JSONScanner(range)
      let item = try scanner.value(in: bytes)
      guard scanner.isAtEnd(in: bytes) else { throw scanner.error("something follows the event") }
      try read(item, of: bytes)
      _ = sink.take(event, from: item)
    } catch {
      throw InsertFormatError(offset: error.offset, message: error.message)
    }
  }

  /// Reads an array of CloudEvents. An element that is not a CloudEvent is rejected.
  /// - Throws: `InsertFormatError` when the bytes are not an array.
  package mutating func readBatch(
    _ range: Range<Int>, of bytes: RawSpan, into sink: inout some InsertSink
  ) throws(InsertFormatError) {
    do throws(JSONSyntaxError) {
      var scanner = JSONScanner(range)
      var isDone = false
      try scanner.elements(in: bytes) { scanner throws(JSONSyntaxError) in
        let item = try scanner.value(in: bytes)
        if !isDone { isDone = !take(item, of: bytes, into: &sink) }
      }
      guard scanner.isAtEnd(in: bytes) else { throw scanner.error("something follows the array") }
    } catch {
      throw InsertFormatError(offset: error.offset, message: error.message)
    }
  }

  private mutating func take(
    _ item: Range<Int>, of bytes: RawSpan, into sink: inout some InsertSink
  ) -> Bool {
    do throws(JSONSyntaxError) {
      try read(item, of: bytes)
      return sink.take(event, from: item)
    } catch {
      return sink.reject(item, of: bytes, topic: [], because: error.message)
    }
  }

  /// Reads the CloudEvent in `item` into `event`.
  private mutating func read(_ item: Range<Int>, of bytes: RawSpan) throws(JSONSyntaxError) {
    event.clear()
    var context = CloudEventContext()
    var scanner = JSONScanner(item)
    try scanner.members(in: bytes) { (name, scanner) throws(JSONSyntaxError) in
      guard let attribute = CloudEventContext.Attribute(name: name) else {
        _ = try scanner.value(in: bytes)
        return
      }
      if try scanner.takesNull(in: bytes) { return }
      guard scanner.peek(in: bytes) == UInt8(ascii: "\"") else {
        throw scanner.error("the attribute \"\(attribute.rawValue)\" must be a string")
      }
      guard try scanner.string(into: &text, in: bytes) else {
        throw scanner.error("a string holds half of a surrogate pair")
      }
      context.set(attribute, text)
    }
    if let fault = context.fault { throw scanner.error(fault) }
    try finish(context, scanner)
    event.payload.add(item, of: bytes)
  }

  private mutating func finish(_ context: CloudEventContext, _ scanner: JSONScanner) throws(JSONSyntaxError) {
    if let time = context.time {
      guard let moment = UTCTimeReader.read(time) else {
        throw scanner.error("the attribute \"time\" must be a time like 2026-01-02T03:04:05Z")
      }
      event.time = moment.microseconds
    }
    rule.identify(&event, context)
  }
}

extension CloudEventReader {
  /// Reads a CloudEvent in the binary mode: the attributes are header fields, the data is the body
  /// (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md). The payload is the
  /// same event in JSON.
  /// - Parameters:
  ///   - attributes: Names in lower case, without `ce-`, and values, decoded.
  ///   - contentType: The field `Content-Type`; nil without it.
  /// - Throws: `InsertFormatError` when the attributes are not those of a CloudEvent.
  package mutating func readBinary(
    attributes: [(name: String, value: String)], contentType: String?, data range: Range<Int>,
    of bytes: RawSpan, into sink: inout some InsertSink
  ) throws(InsertFormatError) {
    event.clear()
    var context = CloudEventContext()
    for (name, value) in attributes {
      if let attribute = CloudEventContext.Attribute(rawValue: name) {
        context.set(attribute, Array(value.utf8))
      }
    }
    do throws(JSONSyntaxError) {
      let scanner = JSONScanner(0..<0)
      if let fault = context.fault { throw scanner.error(fault) }
      try finish(context, scanner)
    } catch {
      throw InsertFormatError(offset: 0, message: error.message)
    }
    var separator: StaticString = "{"
    for (name, value) in attributes {
      event.payload.add(separator)
      separator = ","
      event.payload.string(Array(name.utf8))
      event.payload.add(":")
      event.payload.string(Array(value.utf8))
    }
    if let contentType {
      event.payload.add(",\"datacontenttype\":")
      event.payload.string(Array(contentType.utf8))
    }
    addData(range, of: bytes, contentType: contentType)
    event.payload.add("}")
    _ = sink.take(event, from: range)
  }

  /// Adds the member `data`, or `data_base64` for bytes that are neither JSON nor text.
  private mutating func addData(_ range: Range<Int>, of bytes: RawSpan, contentType: String?) {
    guard !range.isEmpty else { return }
    let type = (contentType ?? "application/json").lowercased().prefix { $0 != ";" }
    if type.hasSuffix("/json") || type.hasSuffix("+json") {
      event.payload.add(",\"data\":")
      event.payload.add(range, of: bytes)
    } else if type.hasPrefix("text/"), String(validating: bytes.copy(range), as: UTF8.self) != nil {
      event.payload.add(",\"data\":")
      event.payload.string(range, of: bytes)
    } else {
      event.payload.add(",\"data_base64\":")
      event.payload.base64(range, of: bytes)
    }
  }
}
