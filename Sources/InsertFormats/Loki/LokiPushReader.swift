internal import TextFormats

/// Reads a push request of Loki in JSON (https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs):
/// `{"streams": [{"stream": {labels}, "values": [[nanoseconds, line, {structured metadata}], …]}]}`.
///
/// An error inside an entry rejects the entry; an error around entries is an error of the request. Unknown members have
/// no effect.
package struct LokiPushReader {
  private let rule: LokiRule
  private var event = InsertedEvent()
  private var isDone = false

  package init(_ rule: LokiRule) {
    self.rule = rule
  }

  /// The part of an event that all entries of a stream share.
  private struct Stream {
    var topic: [UInt8]
    var source: [UInt8]
    /// The range of the labels; nil without labels.
    var labels: Range<Int>?
  }

  /// Reads the object in `range` of `bytes`.
  /// - Throws: `InsertFormatError` when the bytes are not a push request. The sink may have taken events before.
  package mutating func read(
    _ range: Range<Int>, of bytes: RawSpan, into sink: inout some InsertSink
  ) throws(InsertFormatError) {
    do throws(JSONSyntaxError) {
      var scanner = JSONScanner(range)
      var hasStreams = false
      try scanner.members(in: bytes) { (name, scanner) throws(JSONSyntaxError) in
        guard name.elementsEqual("streams".utf8) else {
          _ = try scanner.value(in: bytes)
          return
        }
        hasStreams = true
        try scanner.elements(in: bytes) { scanner throws(JSONSyntaxError) in
          try readStream(&scanner, in: bytes, into: &sink)
        }
      }
      guard scanner.isAtEnd(in: bytes) else { throw scanner.error("something follows the request") }
      guard hasStreams else { throw scanner.error("the member \"streams\" is missing") }
    } catch {
      throw InsertFormatError(offset: error.offset, message: error.message)
    }
  }

  private mutating func readStream(
    _ scanner: inout JSONScanner, in bytes: RawSpan, into sink: inout some InsertSink
  ) throws(JSONSyntaxError) {
    var labels: Range<Int>?
    var names = LokiRule.Names()
    // The labels come first in practice, but the order of members is free.
    var values: [Range<Int>] = []
    try scanner.members(in: bytes) { (name, scanner) throws(JSONSyntaxError) in
      if name.elementsEqual("stream".utf8) {
        let start = scanner
        try readLabels(&scanner, in: bytes, into: &names)
        var skipping = start
        labels = try skipping.value(in: bytes)
      } else {
        let range = try scanner.value(in: bytes)
        if name.elementsEqual("values".utf8) { values.append(range) }
      }
    }
    let (topic, source) = rule.identity(of: names)
    let stream = Stream(topic: topic, source: source, labels: labels)
    for range in values {
      var scanner = JSONScanner(range)
      try scanner.elements(in: bytes) { scanner throws(JSONSyntaxError) in
        let item = try scanner.value(in: bytes)
        if !isDone { isDone = !take(item, of: bytes, stream, into: &sink) }
      }
    }
  }

  private func readLabels(
    _ scanner: inout JSONScanner, in bytes: RawSpan, into names: inout LokiRule.Names
  ) throws(JSONSyntaxError) {
    var text: [UInt8] = []
    try scanner.members(in: bytes) { (name, scanner) throws(JSONSyntaxError) in
      guard scanner.peek(in: bytes) == UInt8(ascii: "\"") else {
        throw scanner.error("the value of a label must be a string")
      }
      if try scanner.string(into: &text, in: bytes) { rule.note(name, text, in: &names) }
    }
  }

  /// Takes one entry, or rejects it.
  private mutating func take(
    _ item: Range<Int>, of bytes: RawSpan, _ stream: Stream, into sink: inout some InsertSink
  ) -> Bool {
    event.clear()
    event.topic.append(contentsOf: stream.topic)
    event.source.append(contentsOf: stream.source)
    do throws(JSONSyntaxError) {
      try readEntry(item, of: bytes, labels: stream.labels)
      return sink.take(event, from: item)
    } catch {
      return sink.reject(item, of: bytes, topic: stream.topic, because: error.message)
    }
  }

  /// Writes the payload and the time of an entry into `event`.
  private mutating func readEntry(
    _ item: Range<Int>, of bytes: RawSpan, labels: Range<Int>?
  ) throws(JSONSyntaxError) {
    var scanner = JSONScanner(item)
    var position = 0
    event.payload.add("{\"line\":")
    try scanner.elements(in: bytes) { scanner throws(JSONSyntaxError) in
      switch position {
      case 0: event.time = InsertedEvent.microseconds(ofNanoseconds: try scanner.unsigned(in: bytes))
      case 1:
        event.payload.add(try scanner.stringToken(in: bytes), of: bytes)
        if let labels {
          event.payload.add(",\"labels\":")
          event.payload.add(labels, of: bytes)
        }
      case 2:
        guard scanner.peek(in: bytes) == UInt8(ascii: "{") else {
          throw scanner.error("the structured metadata must be an object")
        }
        let metadata = try scanner.value(in: bytes)
        event.payload.add(",\"metadata\":")
        event.payload.add(metadata, of: bytes)
      default: throw scanner.error("an entry has more than three elements")
      }
      position += 1
    }
    guard position >= 2 else { throw scanner.error("an entry must have a time and a line") }
    event.payload.add("}")
  }
}
