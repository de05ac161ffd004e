package import TextFormats

/// Reads JSON values one after the other and makes an event of each, by a mapping.
///
/// The reader checks what the mapping needs: types, times and repeated members. Whether the value is JSON in
/// every detail, and whether names and payload are within the limits of the store, is for the caller to check.
/// A value that is not JSON gives an error or an event, but never an access beyond its range.
package struct MappedEventReader: Sendable {
  /// The last event; complete when it had no fault.
  package private(set) var event = MappedEvent()
  /// The current time, from which times without a year take theirs.
  package var now: UTCTime

  private let mapping: EventMapping
  private let topic: [UInt8]
  private let source: [UInt8]
  private var search: FieldSearch
  private var text: [UInt8] = []
  private var fault: MappingFault?

  /// Creates a reader.
  package init(_ mapping: EventMapping, now: UTCTime) {
    self.mapping = mapping
    self.now = now
    topic = Array((mapping.topic ?? "").utf8)
    source = Array(mapping.source.utf8)
    search = FieldSearch(mapping)
  }

  /// Reads the value in `range`, which may have white space around it.
  /// - Returns: the first fault; nil for an event. After a fault, `event` has the fields that could be read.
  /// - Throws: `JSONSyntaxError` when the reader comes upon something that is not JSON.
  package mutating func read(_ range: Range<Int>, in bytes: RawSpan) throws(JSONSyntaxError) -> MappingFault?
  {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.byteCount, "a range of the bytes")
    event.clear()
    fault = nil
    var scanner = JSONScanner(range)
    let isObject = scanner.peek(in: bytes) == UInt8(ascii: "{")
    let whole: Range<Int>
    if isObject {
      whole = try search.run(&scanner, in: bytes)
    } else {
      search.clear()
      whole = try scanner.value(in: bytes)
    }
    guard scanner.isAtEnd(in: bytes) else { throw scanner.error("something follows the value") }
    try readNames(in: bytes)
    try readTime(in: bytes)
    readPayload(of: whole, isObject: isObject, in: bytes)
    if let field = search.repeated { note(field, "It is given twice.") }
    return fault
  }

  private mutating func readNames(in bytes: RawSpan) throws(JSONSyntaxError) {
    let topicReading = try Self.readText(search.value(of: .topic), into: &event.topic, in: bytes)
    if topicReading == .absent {
      event.topic.append(contentsOf: topic)
      if topic.isEmpty { note(.topic, "It is missing, and the mapping gives no topic for such events.") }
    }
    note(.topic, topicReading)
    note(.eventID, try Self.readText(search.value(of: .eventID), into: &event.eventID, in: bytes))
    let sourceReading = try Self.readText(search.value(of: .source), into: &event.source, in: bytes)
    if sourceReading == .absent { event.source.append(contentsOf: source) }
    note(.source, sourceReading)
  }

  /// The result of reading a text or a number.
  private enum TextReading {
    case text
    /// The field is absent or null.
    case absent
    case empty
    case halfSurrogate
    case otherType
  }

  private static func readText(
    _ value: Range<Int>?, into target: inout [UInt8], in bytes: RawSpan
  ) throws(JSONSyntaxError) -> TextReading {
    guard let value else { return .absent }
    switch JSONScanner.byte(value.lowerBound, bytes) {
    case UInt8(ascii: "\""):
      var scanner = JSONScanner(value)
      guard try scanner.string(into: &target, in: bytes) else { return .halfSurrogate }
      return target.isEmpty ? .empty : .text
    case UInt8(ascii: "-"), 0x30...0x39:
      append(value, of: bytes, to: &target)
      return .text
    case UInt8(ascii: "n"): return .absent
    default: return .otherType
    }
  }

  private mutating func note(_ field: MappedField, _ reading: TextReading) {
    switch reading {
    case .text, .absent: break
    case .empty: note(field, "It is empty.")
    case .halfSurrogate: note(field, "It holds half of a surrogate pair.")
    case .otherType: note(field, "It must be a text or a number.")
    }
  }

  private mutating func readTime(in bytes: RawSpan) throws(JSONSyntaxError) {
    guard let value = search.value(of: .time), JSONScanner.byte(value.lowerBound, bytes) != UInt8(ascii: "n")
    else { return }
    event.timestamp = try EventTimeReader.read(value, of: bytes, now: now, using: &text)?.microseconds
    if event.timestamp == nil {
      note(
        .time,
        "It must be a time, such as 2026-01-02T03:04:05.123Z, or a number of seconds, milliseconds, "
          + "microseconds or nanoseconds since 1970.")
    }
  }

  /// Sets the payload: the whole value, or the payload field, without the mapped fields if they are dropped.
  private mutating func readPayload(of whole: Range<Int>, isObject: Bool, in bytes: RawSpan) {
    var range = whole
    var isObject = isObject
    if mapping.payloadField != nil {
      guard let value = search.value(of: .payload),
        JSONScanner.byte(value.lowerBound, bytes) != UInt8(ascii: "n")
      else { return }
      range = value
      isObject = JSONScanner.byte(value.lowerBound, bytes) == UInt8(ascii: "{")
    }
    guard isObject else {
      event.written.append(contentsOf: #"{"value":"#.utf8)
      Self.append(range, of: bytes, to: &event.written)
      event.written.append(UInt8(ascii: "}"))
      event.payload = .written
      return
    }
    let cuts = mapping.dropsMappedFields ? search.cuts(within: range) : []
    guard !cuts.isEmpty else {
      event.payload = .input(range)
      return
    }
    Self.append(range, of: bytes, without: cuts, to: &event.written)
    event.payload = .written
  }

  private mutating func note(_ field: MappedField, _ message: String) {
    guard fault == nil else { return }
    fault = MappingFault(field: field, path: mapping.path(of: field)?.text, message: message)
  }
}

extension MappedEventReader {
  /// Copies the object in `range` without the members of `cuts`, which ascend and do not overlap.
  private static func append(
    _ range: Range<Int>, of bytes: RawSpan, without cuts: [FieldSearch.Member], to target: inout [UInt8]
  ) {
    var at = range.lowerBound
    for cut in cuts {
      append(at..<cut.start, of: bytes, to: &target)
      if cut.isLast { dropComma(of: &target) }
      at = cut.end
    }
    append(at..<range.upperBound, of: bytes, to: &target)
  }

  /// Removes the comma at the end, because the member after it is left out and was the last one.
  private static func dropComma(of target: inout [UInt8]) {
    let kept = target.lastIndex { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }
    guard let kept, target[kept] == UInt8(ascii: ",") else { return }
    target.removeSubrange(kept...)
  }

  private static func append(_ range: Range<Int>, of bytes: RawSpan, to target: inout [UInt8]) {
    bytes.extracting(range).withUnsafeBytes { target.append(contentsOf: $0) }
  }
}
