import Ingest
import Principals
internal import TextFormats
import WireProtocol

/// Reads the body of a publishing request into the columns of one batch.
struct PublishReader {
  /// The form of the events in the body.
  enum Form {
    /// One event, an array of them, or `{"events": […]}`.
    case json
    /// An array, or `{"events": […]}`.
    case jsonBatch
    /// One event on each line (NDJSON).
    case lines
  }

  /// The result of reading a body.
  struct Reading {
    /// The columns of the events; nil when there are no events.
    var columns: [UInt8]?
    /// Number of events in the columns.
    var count = 0
    /// The events in the columns that cannot be stored; only with `partial=true`.
    var dead: [DeadEvent] = []
    /// The errors. Without `partial=true` bad events are in no column, and reading stops after 20 errors.
    var faults = FaultList()
    /// Whether the structure around the events is wrong, so that no event of the body may be stored.
    var isMisshapen = false
    /// The first topic of a bad event that the sender may not publish.
    var forbiddenTopic: String?
    /// The topic and the id, when the body is one event.
    var single: (topic: String, eventID: String)?
  }

  private var events: EventReader
  private var builder: EventColumnsBuilder
  private var reading = Reading()
  private var isFull = false
  private let isPartial: Bool
  private let rights: TopicRights
  /// The current line and the offset of its first byte.
  private var line: (pointer: EventPointer, start: Int)?
  private var name: [UInt8] = []

  private init(batch: BatchLimits, event: EventLimits, isPartial: Bool, rights: TopicRights) {
    self.isPartial = isPartial
    self.rights = rights
    self.events = EventReader(limits: event)
    self.builder = EventColumnsBuilder(limits: batch)
  }

  /// Reads `bytes`.
  /// - Parameters:
  ///   - isPartial: Whether bad events, and lines that are not JSON, become dead events.
  ///   - rights: The topics that bad events may name. The topics of the columns are for the caller to check.
  /// - Throws: 400 when the bytes are not JSON, 413 when the events exceed a batch, 415 when the bytes are
  ///   compressed or not UTF-8.
  static func read(
    _ bytes: RawSpan, as form: Form, batch: BatchLimits, event: EventLimits, isPartial: Bool = false,
    rights: TopicRights = .all
  ) throws(Problem) -> Reading {
    let text = try BodyText.range(of: bytes)
    var reader = PublishReader(batch: batch, event: event, isPartial: isPartial, rights: rights)
    do throws(JSONSyntaxError) {
      switch form {
      case .json: try reader.readValue(text, of: bytes, takesSingle: true)
      case .jsonBatch: try reader.readValue(text, of: bytes, takesSingle: false)
      case .lines: try reader.readLines(text, of: bytes)
      }
    } catch {
      throw reader.problem(of: error)
    }
    if reader.isFull { throw .batchTooLarge(batch) }
    return reader.finish()
  }

  private mutating func finish() -> Reading {
    reading.count = builder.count
    if !builder.isEmpty { reading.columns = builder.finish() }
    return reading
  }

  /// Whether reading can stop: the batch is full, or the answer has no room for more errors.
  private var isDone: Bool { isFull || (!isPartial && reading.faults.room == 0) }

  private func problem(of error: JSONSyntaxError) -> Problem {
    guard let line, let number = line.pointer.line else { return .malformedJSON(error) }
    return .malformedJSON(
      error, line: number, byte: error.offset - line.start, pointer: line.pointer.text(member: events.member))
  }

  private mutating func readValue(
    _ text: Range<Int>, of bytes: RawSpan, takesSingle: Bool
  ) throws(JSONSyntaxError) {
    var scanner = JSONScanner(text)
    switch scanner.peek(in: bytes) {
    case UInt8(ascii: "["): try readArray(at: "", &scanner, in: bytes)
    case UInt8(ascii: "{"): try readObject(&scanner, in: bytes, takesSingle: takesSingle)
    default:
      guard !scanner.isAtEnd(in: bytes) else { throw scanner.error("the body is empty") }
      try events.skip(&scanner, in: bytes)
      misshapen("", "The body must be an event, an array of events, or {\"events\": […]}.")
    }
    guard isDone || scanner.isAtEnd(in: bytes) else { throw scanner.error("something follows the value") }
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
    } while !isDone && scanner.takes(",", in: bytes)
    if !isDone { try scanner.take("]", in: bytes) }
  }

  /// Reads an object. Its first member decides whether it is an event or an object around an array of events.
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

  /// Reads the rest of `{"events": […]}`, from the array on.
  private mutating func readBatch(_ scanner: inout JSONScanner, in bytes: RawSpan) throws(JSONSyntaxError) {
    if scanner.peek(in: bytes) == UInt8(ascii: "[") {
      try readArray(at: "/events", &scanner, in: bytes)
      if isDone { return }
    } else {
      try events.skip(&scanner, in: bytes)
      misshapen("/events", "It must be an array of events.")
    }
    while scanner.takes(",", in: bytes) {
      guard reading.faults.room > 0 else { return }
      try scanner.name(into: &name, in: bytes)
      try events.skip(&scanner, in: bytes)
      let member = EventPointer.body.text(member: String(decoding: name, as: UTF8.self))
      misshapen(member, "An object with \"events\" must not have other members.")
    }
    try scanner.take("}", in: bytes)
  }

  private mutating func readEvent(
    _ pointer: EventPointer, _ scanner: inout JSONScanner, in bytes: RawSpan
  ) throws(JSONSyntaxError) {
    _ = scanner.peek(in: bytes)
    let start = scanner.place
    let faults = try events.read(&scanner, in: bytes, pointer: pointer, room: reading.faults.room)
    guard events.isBad else {
      isFull = !append(bytes)
      return
    }
    reading.faults.add(faults)
    checkTopicOfBadEvent()
    if isPartial { isFull = !appendDead(start..<scanner.place, in: bytes) }
  }

  /// Looks at the topic that a bad event names, because its columns may not have the topic. A bad event that names
  /// no topic is not refused for want of rights.
  private mutating func checkTopicOfBadEvent() {
    let topic = events.draft.text(.topic)
    guard reading.forbiddenTopic == nil, !topic.isEmpty, !rights.permit(topic) else { return }
    reading.forbiddenTopic = String(decoding: topic, as: UTF8.self)
  }

  /// Adds the current event. Returns false when the batch has no room for it.
  private mutating func append(_ bytes: RawSpan) -> Bool {
    let draft = events.draft
    let names = (draft.text(.topic), draft.text(.source), draft.text(.eventID))
    return append(names, draft.timestamp, payload: draft.payload, in: bytes) ?? false
  }

  /// Adds an event that cannot be stored. If one field is wrong, the event keeps its columns, as on the TCP
  /// side; otherwise its whole text is stored as the payload.
  /// - Returns: false when the batch has no room for it.
  private mutating func appendDead(_ range: Range<Int>, in bytes: RawSpan) -> Bool {
    let draft = events.draft
    let names = (draft.text(.topic), draft.text(.source), draft.text(.eventID))
    let reason = events.deadReason ?? .eventForm
    if reason != .eventForm,
      let hasRoom = append(names, draft.timestamp, payload: draft.payload, in: bytes)
    {
      return note(reason, hasRoom)
    }
    if let hasRoom = append(names, draft.timestamp, payload: range, in: bytes) {
      return note(.eventForm, hasRoom)
    }
    return appendDeadText(range, in: bytes)
  }

  /// Adds bytes that are not an event.
  private mutating func appendDeadText(_ range: Range<Int>, in bytes: RawSpan) -> Bool {
    note(.eventForm, append(([], [], []), 0, payload: range, in: bytes) ?? false)
  }

  private mutating func note(_ reason: DeadReason, _ hasRoom: Bool) -> Bool {
    if hasRoom { reading.dead.append(DeadEvent(position: builder.count - 1, reason: reason)) }
    return hasRoom
  }

  /// Adds an event. Returns whether the batch had room; nil when no batch can hold the event.
  private mutating func append(
    _ names: (topic: [UInt8], source: [UInt8], id: [UInt8]), _ timestamp: Int64, payload: Range<Int>?,
    in bytes: RawSpan
  ) -> Bool? {
    do throws(EventRefusal) {
      if let payload {
        return try builder.append(
          topic: names.topic.span.bytes, source: names.source.span.bytes, id: names.id.span.bytes,
          timestamp: timestamp, payload: bytes.extracting(payload))
      }
      return try builder.append(
        topic: names.topic.span.bytes, source: names.source.span.bytes, id: names.id.span.bytes,
        timestamp: timestamp, payload: nil)
    } catch {
      return nil
    }
  }

  private mutating func misshapen(_ pointer: String, _ detail: String) {
    reading.isMisshapen = true
    reading.faults.add([Problem.Fault(place: .pointer(pointer), detail: detail)])
  }
}

extension PublishReader {
  private mutating func readLines(_ text: Range<Int>, of bytes: RawSpan) throws(JSONSyntaxError) {
    var start = text.lowerBound
    var index = 0
    var number = 0
    while start < text.upperBound, !isDone {
      let end = LineEnd.next(from: start, before: text.upperBound, in: bytes)
      number += 1
      var scanner = JSONScanner(start..<end)
      if !scanner.isAtEnd(in: bytes) {
        let pointer = EventPointer(array: "", index: index, line: number)
        line = (pointer, start)
        do throws(JSONSyntaxError) {
          try readLine(&scanner, pointer, in: bytes)
        } catch {
          guard isPartial else { throw error }
          reading.faults.add([
            Problem.Fault(
              place: .pointer(pointer.text(member: events.member)),
              detail: "The line is not JSON at its byte \(error.offset - start): \(error.message).",
              line: number)
          ])
          isFull = !appendDeadText(start..<end, in: bytes)
        }
        index += 1
      }
      start = end + 1
    }
  }

  private mutating func readLine(
    _ scanner: inout JSONScanner, _ pointer: EventPointer, in bytes: RawSpan
  ) throws(JSONSyntaxError) {
    var line = scanner
    do throws(JSONSyntaxError) {
      try events.skip(&line, in: bytes)
    } catch {
      // Reads the line as an event, because that finds the same error together with the member that has it.
      var again = scanner
      _ = try events.read(&again, in: bytes, pointer: pointer, room: 0)
      throw error
    }
    guard line.isAtEnd(in: bytes) else { throw line.error("something follows the event on its line") }
    try readEvent(pointer, &scanner, in: bytes)
  }
}
