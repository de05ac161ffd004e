import Ingest
import WireProtocol

/// Reads the body of a request that publishes into the columns of one batch. Bytes in, values out.
struct PublishReader {
  /// How events stand in the body.
  enum Form {
    /// One event, an array of them, or `{"events": […]}`.
    case json
    /// An array, or `{"events": […]}`.
    case jsonBatch
    /// An event on each line (NDJSON).
    case lines
  }

  /// What the body says.
  struct Reading {
    /// The columns of the good events; nil when there is none.
    var columns: [UInt8]?
    /// How many they are.
    var count = 0
    /// The bad ones.
    var faults = FaultList()
    /// Whether something around the events is wrong, so that nothing of it may be taken.
    var isMisshapen = false
    /// The topic and the id of a body that is one event.
    var single: (topic: String, eventID: String)?
  }

  private var events: EventReader
  private var builder: EventColumnsBuilder
  private var reading = Reading()
  private var isFull = false
  private var name: [UInt8] = []

  private init(batch: BatchLimits, event: EventLimits) {
    self.events = EventReader(limits: event)
    self.builder = EventColumnsBuilder(limits: batch)
  }

  /// Reads `bytes`.
  /// - Parameter skipsBadLines: Whether a line that is no JSON costs itself alone.
  /// - Throws: 400 when they are not JSON, 413 when they are more than a batch holds.
  static func read(
    _ bytes: RawSpan, as form: Form, batch: BatchLimits, event: EventLimits, skipsBadLines: Bool = false
  ) throws(Problem) -> Reading {
    var reader = PublishReader(batch: batch, event: event)
    do throws(JSONSyntaxError) {
      switch form {
      case .json: try reader.readValue(bytes, takesSingle: true)
      case .jsonBatch: try reader.readValue(bytes, takesSingle: false)
      case .lines: try reader.readLines(bytes, skipsBadLines: skipsBadLines)
      }
    } catch {
      throw .malformedJSON(error)
    }
    if reader.isFull { throw .batchTooLarge(batch) }
    return reader.finish()
  }

  private mutating func finish() -> Reading {
    reading.count = builder.count
    if !builder.isEmpty { reading.columns = builder.finish() }
    return reading
  }

  private mutating func readValue(_ bytes: RawSpan, takesSingle: Bool) throws(JSONSyntaxError) {
    var scanner = JSONScanner(0..<bytes.byteCount)
    switch scanner.peek(in: bytes) {
    case UInt8(ascii: "["): try readArray(at: "", &scanner, in: bytes)
    case UInt8(ascii: "{"): try readObject(&scanner, in: bytes, takesSingle: takesSingle)
    default:
      guard !scanner.isAtEnd(in: bytes) else { throw scanner.error("the body is empty") }
      try events.skip(&scanner, in: bytes)
      misshapen("", "The body must be an event, an array of events, or {\"events\": […]}.")
    }
    guard isFull || scanner.isAtEnd(in: bytes) else { throw scanner.error("something follows the value") }
  }

  private mutating func readArray(
    at pointer: String, _ scanner: inout JSONScanner, in bytes: RawSpan
  ) throws(JSONSyntaxError) {
    try scanner.take("[", in: bytes)
    if scanner.takes("]", in: bytes) { return }
    var index = 0
    repeat {
      try readEvent(EventPointer(array: pointer, index: index), &scanner, in: bytes)
      index += 1
    } while !isFull && scanner.takes(",", in: bytes)
    if !isFull { try scanner.take("]", in: bytes) }
  }

  /// An object is what its first member says: around an array of events there is nothing else.
  private mutating func readObject(
    _ scanner: inout JSONScanner, in bytes: RawSpan, takesSingle: Bool
  ) throws(JSONSyntaxError) {
    var ahead = scanner
    try ahead.take("{", in: bytes)
    let isEmpty = ahead.takes("}", in: bytes)
    if !isEmpty { try ahead.name(into: &name, in: bytes) }
    if !isEmpty, name.elementsEqual("events".utf8) {
      scanner = ahead
      return try readBatch(&scanner, in: bytes)
    }
    try readEvent(.body, &scanner, in: bytes)
    guard takesSingle else {
      return misshapen("", "The body must be an array of events, or {\"events\": […]}.")
    }
    reading.single = (
      topic: String(decoding: events.draft.text(.topic), as: UTF8.self),
      eventID: String(decoding: events.draft.text(.eventID), as: UTF8.self)
    )
  }

  /// Reads `{"events": […]}` from its array on.
  private mutating func readBatch(_ scanner: inout JSONScanner, in bytes: RawSpan) throws(JSONSyntaxError) {
    if scanner.peek(in: bytes) == UInt8(ascii: "[") {
      try readArray(at: "/events", &scanner, in: bytes)
      if isFull { return }
    } else {
      try events.skip(&scanner, in: bytes)
      misshapen("/events", "It must be an array of events.")
    }
    while scanner.takes(",", in: bytes) {
      try scanner.name(into: &name, in: bytes)
      try events.skip(&scanner, in: bytes)
      let member = EventPointer.body.text(member: String(decoding: name, as: UTF8.self))
      misshapen(member, "Beside \"events\" there is nothing.")
    }
    try scanner.take("}", in: bytes)
  }

  private mutating func readEvent(
    _ pointer: EventPointer, _ scanner: inout JSONScanner, in bytes: RawSpan
  ) throws(JSONSyntaxError) {
    let faults = try events.read(&scanner, in: bytes, pointer: pointer)
    reading.faults.add(faults)
    if faults.isEmpty { isFull = !append(bytes) }
  }

  /// - Returns: false when the event is beyond what a batch holds.
  private mutating func append(_ bytes: RawSpan) -> Bool {
    let draft = events.draft
    let (topic, source, id) = (draft.text(.topic), draft.text(.source), draft.text(.eventID))
    do throws(EventRefusal) {
      if let payload = draft.payload {
        return try builder.append(
          topic: topic.span.bytes, source: source.span.bytes, id: id.span.bytes, timestamp: draft.timestamp,
          payload: bytes.extracting(payload))
      }
      return try builder.append(
        topic: topic.span.bytes, source: source.span.bytes, id: id.span.bytes, timestamp: draft.timestamp,
        payload: nil)
    } catch {
      return false
    }
  }

  private mutating func misshapen(_ pointer: String, _ detail: String) {
    reading.isMisshapen = true
    reading.faults.add([Problem.Fault(place: .pointer(pointer), detail: detail)])
  }
}

extension PublishReader {
  private mutating func readLines(_ bytes: RawSpan, skipsBadLines: Bool) throws(JSONSyntaxError) {
    var start = 0
    var index = 0
    while start < bytes.byteCount, !isFull {
      let end = Self.endOfLine(from: start, in: bytes)
      var scanner = JSONScanner(start..<end)
      if !scanner.isAtEnd(in: bytes) {
        do throws(JSONSyntaxError) {
          try readLine(&scanner, index: index, in: bytes)
        } catch {
          guard skipsBadLines else { throw error }
          let place = Problem.Fault.Place.pointer("/\(index)")
          reading.faults.add([Problem.Fault(place: place, detail: "The line is not JSON: \(error.message).")])
        }
        index += 1
      }
      start = end + 1
    }
  }

  private mutating func readLine(
    _ scanner: inout JSONScanner, index: Int, in bytes: RawSpan
  ) throws(JSONSyntaxError) {
    var line = scanner
    try events.skip(&line, in: bytes)
    guard line.isAtEnd(in: bytes) else { throw line.error("something follows the event on its line") }
    try readEvent(EventPointer(array: "", index: index), &scanner, in: bytes)
  }

  private static func endOfLine(from start: Int, in bytes: RawSpan) -> Int {
    var place = start
    while place < bytes.byteCount, JSONScanner.byte(place, bytes) != 0x0A { place += 1 }
    return place
  }
}
