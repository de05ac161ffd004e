import Ingest
import WireProtocol

/// Reads events in JSON, one after the other, and finds what is wrong with each.
///
/// Strict: unknown and repeated members are faults. What an event must be to be stored is checked here
/// as ingest checks columns, so that a bad event is refused and not dead.
struct EventReader {
  /// The event that was read last; sound when it had no faults.
  private(set) var draft = EventDraft()
  private var name: [UInt8] = []
  private var faults: [Problem.Fault] = []
  private var pointer = EventPointer.body

  private let limits: EventLimits
  private let names: NameCheck
  private let json: JSONCheck

  init(limits: EventLimits) {
    self.limits = limits
    self.names = NameCheck(longest: limits.nameScalars)
    self.json = JSONCheck(depth: limits.jsonDepth, exponent: limits.jsonExponent)
  }

  /// Reads the value at `scanner` into `draft`.
  /// - Returns: what is wrong with it; nothing for a good event.
  /// - Throws: `JSONSyntaxError` when it is no JSON, so that nothing behind it can be read either.
  mutating func read(
    _ scanner: inout JSONScanner, in bytes: RawSpan, pointer: EventPointer
  ) throws(JSONSyntaxError) -> [Problem.Fault] {
    begin(pointer: pointer)
    guard scanner.peek(in: bytes) == UInt8(ascii: "{") else {
      _ = try checkedValue(&scanner, in: bytes)
      addFault(at: nil, "It must be an object.")
      return faults
    }
    try scanner.take("{", in: bytes)
    if !scanner.takes("}", in: bytes) {
      repeat {
        try scanner.name(into: &name, in: bytes)
        try member(name, &scanner, in: bytes)
      } while scanner.takes(",", in: bytes)
      try scanner.take("}", in: bytes)
    }
    return end()
  }

  /// Takes any value, which must be JSON.
  func skip(_ scanner: inout JSONScanner, in bytes: RawSpan) throws(JSONSyntaxError) {
    _ = try checkedValue(&scanner, in: bytes)
  }

  private mutating func begin(pointer: EventPointer) {
    draft.clear()
    faults.removeAll(keepingCapacity: true)
    self.pointer = pointer
  }

  private mutating func end() -> [Problem.Fault] {
    for field in EventDraft.Field.allCases where field != .payload && !draft.has(field) {
      addFault(at: field.name, "It is missing.")
    }
    return faults
  }

  /// Reads the value of the member `name`.
  private mutating func member(
    _ name: [UInt8], _ scanner: inout JSONScanner, in bytes: RawSpan
  ) throws(JSONSyntaxError) {
    guard let field = EventDraft.Field(name: name) else {
      guard let name = String(validating: name, as: UTF8.self) else {
        throw scanner.error("a name is not UTF-8")
      }
      _ = try checkedValue(&scanner, in: bytes)
      return addFault(at: name, "An event has no such member.")
    }
    guard draft.mark(field) else {
      _ = try checkedValue(&scanner, in: bytes)
      return addFault(at: field.name, "It is given twice.")
    }
    switch field {
    case .topic, .eventID, .source: try readName(field, &scanner, in: bytes)
    case .timestamp: try readTimestamp(&scanner, in: bytes)
    case .payload: try readPayload(&scanner, in: bytes)
    }
  }
}

extension EventReader {
  private mutating func readName(
    _ field: EventDraft.Field, _ scanner: inout JSONScanner, in bytes: RawSpan
  ) throws(JSONSyntaxError) {
    guard try readText(field, &scanner, in: bytes) else { return }
    let text = draft.text(field)
    switch names.fault(in: 0..<text.count, of: text.span.bytes) {
    case nil: return
    case .length: addFault(at: field.name, "It must have 1 to \(limits.nameScalars) characters.")
    case .text:
      guard text.contains(0) else { throw scanner.error("a string is not UTF-8") }
      addFault(at: field.name, "It must not hold U+0000.")
    }
  }

  private mutating func readTimestamp(_ scanner: inout JSONScanner, in bytes: RawSpan) throws(JSONSyntaxError)
  {
    guard try readText(.timestamp, &scanner, in: bytes) else { return }
    guard let timestamp = TimestampReader.read(draft.text(.timestamp))?.microseconds,
      (ColumnValidator.earliestTimestamp...ColumnValidator.latestTimestamp).contains(timestamp)
    else {
      return addFault(
        at: "timestamp",
        "It must be an ISO 8601 time of the years 1 to 9999, like 2026-01-02T03:04:05.123456Z.")
    }
    draft.timestamp = timestamp
  }

  private mutating func readPayload(_ scanner: inout JSONScanner, in bytes: RawSpan) throws(JSONSyntaxError) {
    let isObject = scanner.peek(in: bytes) == UInt8(ascii: "{")
    let (range, fault) = try checkedValue(&scanner, in: bytes)
    guard isObject else {
      let isNull = JSONScanner.byte(range.lowerBound, bytes) == UInt8(ascii: "n")
      if !isNull { addFault(at: "payload", "It must be an object, null or absent.") }
      return
    }
    draft.payload = range
    guard range.count <= limits.payloadBytes else {
      return addFault(at: "payload", "It must have at most \(limits.payloadBytes) bytes, not \(range.count).")
    }
    switch fault {
    case .payloadDepth: addFault(at: "payload", "It must be nested at most \(limits.jsonDepth) levels deep.")
    case .payloadNumber: addFault(at: "payload", "A number's exponent is beyond \(limits.jsonExponent).")
    case .payloadEscape: addFault(at: "payload", "A string holds \\u0000 or half of a surrogate pair.")
    default: assert(fault == nil)
    }
  }

  /// Takes a string into the draft.
  /// - Returns: false, with the fault noted, when something else stands there.
  private mutating func readText(
    _ field: EventDraft.Field, _ scanner: inout JSONScanner, in bytes: RawSpan
  ) throws(JSONSyntaxError) -> Bool {
    guard scanner.peek(in: bytes) == UInt8(ascii: "\"") else {
      _ = try checkedValue(&scanner, in: bytes)
      addFault(at: field.name, "It must be a string.")
      return false
    }
    guard try scanner.string(into: &draft.texts[field.rawValue], in: bytes) else {
      addFault(at: field.name, "It holds half of a surrogate pair.")
      return false
    }
    return true
  }

  /// Takes any value and makes sure that it is JSON.
  /// - Returns: where it stands, and why it could not be stored although it is JSON.
  private func checkedValue(
    _ scanner: inout JSONScanner, in bytes: RawSpan
  ) throws(JSONSyntaxError) -> (Range<Int>, DeadReason?) {
    let start = scanner
    let range = try scanner.value(in: bytes)
    let fault = json.fault(in: range, of: bytes)
    if fault == .payloadSyntax { throw start.error("the value that begins here is not JSON") }
    if fault == .payloadText { throw start.error("the value that begins here is not UTF-8") }
    return (range, fault)
  }

  private mutating func addFault(at member: String?, _ detail: String) {
    faults.append(Problem.Fault(place: .pointer(pointer.text(member: member)), detail: detail))
  }
}
