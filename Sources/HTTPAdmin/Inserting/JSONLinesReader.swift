import EventMapping
import Ingest
internal import TextFormats
import WireProtocol

/// Reads JSON lines, or an array of JSON values, into the events that a mapping makes of them.
struct JSONLinesReader {
  /// The form of a body.
  enum Form: Hashable, Sendable {
    /// One value on each line.
    case lines
    /// One value on each line, or an array of values, or one value on several lines.
    case json
  }

  /// The errors of the values that are no events, with their lines or indices.
  private(set) var faults = FaultList()

  private var events: MappedEventReader
  private let json: JSONValidator
  /// Whether a value is checked as a whole, because its payload is only a part of it.
  private let checksWhole: Bool
  /// The topic of dead events whose own topic cannot be read.
  private let topic: [UInt8]

  init(_ mapping: EventMapping, limits: EventLimits, now: UTCTime) {
    events = MappedEventReader(mapping, now: now)
    json = JSONValidator(depth: limits.jsonDepth, exponent: limits.jsonExponent)
    topic = Array((mapping.topic ?? "").utf8)
    checksWhole = mapping.payloadField != nil || mapping.dropsMappedFields
  }

  /// Reads a body.
  /// - Throws: 415 when the bytes are compressed or not UTF-8. All other errors make dead events.
  mutating func read(
    _ bytes: RawSpan, as form: Form, into collector: inout InsertCollector
  ) throws(Problem) {
    let text = try BodyText.range(of: bytes)
    guard form == .json else { return readLines(text, of: bytes, into: &collector) }
    var scanner = JSONScanner(text)
    if scanner.peek(in: bytes) == UInt8(ascii: "[") {
      readArray(text, of: bytes, into: &collector)
    } else if !scanner.isAtEnd(in: bytes), isJSON(text, in: bytes) {
      _ = readValue(text, of: bytes, at: .body, into: &collector)
    } else {
      readLines(text, of: bytes, into: &collector)
    }
  }

  private mutating func readLines(
    _ text: Range<Int>, of bytes: RawSpan, into collector: inout InsertCollector
  ) {
    var start = text.lowerBound
    var number = 0
    var index = 0
    while start < text.upperBound {
      let end = LineEnd.next(from: start, before: text.upperBound, in: bytes)
      number += 1
      var scanner = JSONScanner(start..<end)
      if !scanner.isAtEnd(in: bytes) {
        let place = EventPointer(array: "", index: index, line: number)
        guard readValue(scanner.place..<end, of: bytes, at: place, into: &collector) else { return }
        index += 1
      }
      start = end + 1
    }
  }

  /// Reads an array. After an error between its values, the rest of the body is one dead event.
  private mutating func readArray(
    _ text: Range<Int>, of bytes: RawSpan, into collector: inout InsertCollector
  ) {
    var scanner = JSONScanner(text)
    var index = 0
    var start = scanner.place
    do throws(JSONSyntaxError) {
      try scanner.take("[", in: bytes)
      if !scanner.takes("]", in: bytes) {
        repeat {
          _ = scanner.peek(in: bytes)
          start = scanner.place
          let value = try scanner.value(in: bytes)
          let place = EventPointer(array: "", index: index)
          guard readValue(value, of: bytes, at: place, into: &collector) else { return }
          index += 1
          start = scanner.place
        } while scanner.takes(",", in: bytes)
        try scanner.take("]", in: bytes)
      }
      start = scanner.place
      guard scanner.isAtEnd(in: bytes) else { throw scanner.error("something follows the array") }
    } catch {
      let place = EventPointer(array: "", index: index)
      _ = reject(
        start..<text.upperBound, of: bytes, at: place, topic, Self.sentence(error, from: 0), into: &collector)
    }
  }

  /// Reads one value.
  /// - Returns: false when the request has more events than it may have.
  private mutating func readValue(
    _ range: Range<Int>, of bytes: RawSpan, at place: EventPointer, into collector: inout InsertCollector
  ) -> Bool {
    if checksWhole, !isJSON(range, in: bytes) {
      return reject(range, of: bytes, at: place, topic, "it is not JSON", into: &collector)
    }
    do throws(JSONSyntaxError) {
      if let fault = try events.read(range, in: bytes) {
        let path = fault.path.map { " (\($0))" } ?? ""
        return reject(
          range, of: bytes, at: place, events.event.topic, "\(fault.field.name)\(path): \(fault.message)",
          into: &collector)
      }
    } catch {
      return reject(
        range, of: bytes, at: place, topic, Self.sentence(error, from: range.lowerBound), into: &collector)
    }
    let isTaken = take(bytes, into: &collector)
    if case .dead(let reason) = collector.last { note(reason, at: place) }
    return isTaken
  }

  /// Gives the event to the collector.
  private func take(_ bytes: RawSpan, into collector: inout InsertCollector) -> Bool {
    let event = events.event
    let id = event.eventID.isEmpty ? nil : event.eventID
    switch event.payload {
    case .none:
      return collector.take(
        topic: event.topic, source: event.source, id: id, time: event.timestamp, payload: nil)
    case .input(let range):
      return collector.take(
        topic: event.topic, source: event.source, id: id, time: event.timestamp,
        payload: bytes.extracting(range))
    case .written:
      return collector.take(
        topic: event.topic, source: event.source, id: id, time: event.timestamp,
        payload: event.written.span.bytes)
    }
  }

  private mutating func reject(
    _ range: Range<Int>, of bytes: RawSpan, at place: EventPointer, _ topic: [UInt8],
    _ reason: String, into collector: inout InsertCollector
  ) -> Bool {
    note(reason, at: place)
    return collector.reject(range, of: bytes, topic: topic, because: reason)
  }

  private mutating func note(_ reason: String, at place: EventPointer) {
    guard faults.room > 0 else { return faults.add([]) }
    faults.add([Problem.Fault(place: .pointer(place.text()), detail: reason, line: place.line)])
  }

  /// Whether the bytes are one JSON text, though perhaps one that cannot be stored.
  private func isJSON(_ range: Range<Int>, in bytes: RawSpan) -> Bool {
    let fault = json.fault(in: range, of: bytes)
    return fault != .payloadSyntax && fault != .payloadText
  }

  private static func sentence(_ error: JSONSyntaxError, from start: Int) -> String {
    "it is not JSON at its byte \(error.offset - start): \(error.message)"
  }
}
