import Ingest
internal import TextFormats
import WireProtocol

/// Reads JSON events one after the other and collects the errors of each.
///
/// Strict: unknown and repeated members are errors. Events are checked by the same rules as columns on the
/// TCP side, so that an event that cannot be stored is refused here instead of becoming a dead event.
struct EventReader {
  /// The last event; valid when it had no errors.
  private(set) var draft = EventDraft()
  private var name: [UInt8] = []
  /// Whether the last event cannot be stored.
  private(set) var isBad = false
  /// The reason, as `dead_events` names it; nil for a valid event.
  private(set) var deadReason: DeadReason?
  /// The member that is being read; nil between members.
  private(set) var member: String?
  private var faults: [Problem.Fault] = []
  private var pointer = EventPointer.body
  /// Number of further errors that the caller wants.
  private var room = 0

  private let limits: EventLimits
  private let names: NameValidator
  private let json: JSONValidator
  private let isEdit: Bool

  /// - Parameter isEdit: Whether members may be missing, because they stay as they are.
  init(limits: EventLimits, isEdit: Bool = false) {
    self.isEdit = isEdit
    self.limits = limits
    self.names = NameValidator(longest: limits.nameScalars)
    self.json = JSONValidator(depth: limits.jsonDepth, exponent: limits.jsonExponent)
  }

  /// Reads the value at `scanner` into `draft`.
  /// - Parameter room: Maximum number of errors to return; further errors are found but not returned.
  /// - Returns: the errors; empty for a valid event.
  /// - Throws: `JSONSyntaxError` when the value is not JSON, so that nothing after it can be read either.
  mutating func read(
    _ scanner: inout JSONScanner, in bytes: RawSpan, pointer: EventPointer, room: Int = FaultList.capacity
  ) throws(JSONSyntaxError) -> [Problem.Fault] {
    begin(pointer: pointer, room: room)
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

  /// Skips a value, which must be JSON.
  func skip(_ scanner: inout JSONScanner, in bytes: RawSpan) throws(JSONSyntaxError) {
    _ = try checkedValue(&scanner, in: bytes)
  }

  private mutating func begin(pointer: EventPointer, room: Int) {
    draft.clear()
    faults.removeAll(keepingCapacity: true)
    isBad = false
    deadReason = nil
    member = nil
    self.pointer = pointer
    self.room = room
  }

  private mutating func end() -> [Problem.Fault] {
    for field in EventDraft.Field.allCases where !isEdit && field != .payload && !draft.has(field) {
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
      member = name
      _ = try checkedValue(&scanner, in: bytes)
      return addFault(at: name, "An event has no such member.")
    }
    member = field.name
    guard draft.mark(field) else {
      _ = try checkedValue(&scanner, in: bytes)
      return addFault(at: field.name, "It is given twice.")
    }
    switch field {
    case .topic, .eventID, .source: try readName(field, &scanner, in: bytes)
    case .timestamp: try readTimestamp(&scanner, in: bytes)
    case .payload: try readPayload(&scanner, in: bytes)
    }
    member = nil
  }
}

extension EventReader {
  private mutating func readName(
    _ field: EventDraft.Field, _ scanner: inout JSONScanner, in bytes: RawSpan
  ) throws(JSONSyntaxError) {
    guard try readText(field, &scanner, in: bytes) else { return }
    let text = draft.text(field)
    let longest = limits.nameScalars
    switch names.fault(in: 0..<text.count, of: text.span.bytes) {
    case nil: return
    case .length:
      addFault(at: field.name, "It must have 1 to \(longest) characters.", field.lengthReason)
    case .text:
      guard text.contains(0) else { throw scanner.error("a string is not UTF-8") }
      addFault(at: field.name, "It must not hold U+0000.", field.textReason)
    }
  }

  private mutating func readTimestamp(_ scanner: inout JSONScanner, in bytes: RawSpan) throws(JSONSyntaxError)
  {
    guard try readText(.timestamp, &scanner, in: bytes) else { return }
    guard let timestamp = UTCTimeReader.read(draft.text(.timestamp))?.microseconds,
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
    let limits = limits
    guard range.count <= limits.payloadBytes else {
      return addFault(
        at: "payload", "It must have at most \(limits.payloadBytes) bytes, not \(range.count).",
        .payloadLength)
    }
    switch fault {
    case .payloadDepth:
      addFault(at: "payload", "It must be nested at most \(limits.jsonDepth) levels deep.", .payloadDepth)
    case .payloadNumber:
      addFault(at: "payload", "A number's exponent is beyond \(limits.jsonExponent).", .payloadNumber)
    case .payloadEscape:
      addFault(at: "payload", "A string holds \\u0000 or half of a surrogate pair.", .payloadEscape)
    default: assert(fault == nil)
    }
  }

  /// Reads a string into the draft.
  /// - Returns: false, after adding an error, when the value is not a string.
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

  /// Reads a value and checks that it is JSON.
  /// - Returns: its range, and the reason if it is JSON that cannot be stored.
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

  /// Adds an error. An event of the wrong form has the reason `eventForm`; otherwise the reason that comes
  /// first in `DeadReason` counts, as on the TCP side (`ColumnValidator`).
  private mutating func addFault(
    at member: String?, _ detail: @autoclosure () -> String, _ reason: DeadReason = .eventForm
  ) {
    isBad = true
    deadReason = Self.first(deadReason, reason)
    guard faults.count < room else { return }
    faults.append(
      Problem.Fault(
        place: .pointer(pointer.text(member: member)), detail: detail(), line: pointer.line))
  }

  private static func first(_ one: DeadReason?, _ other: DeadReason) -> DeadReason {
    guard let one, one != .eventForm, other != .eventForm else {
      return one == nil ? other : .eventForm
    }
    let order = DeadReason.allCases
    return order.firstIndex(of: one) ?? 0 <= order.firstIndex(of: other) ?? 0 ? one : other
  }
}

extension EventDraft.Field {
  /// The reason for a name that is empty or too long.
  fileprivate var lengthReason: DeadReason {
    switch self {
    case .topic: .topicLength
    case .source: .sourceLength
    case .eventID: .eventIDLength
    case .timestamp, .payload: .eventForm
    }
  }

  /// The reason for a name that contains characters that no text may contain.
  fileprivate var textReason: DeadReason {
    switch self {
    case .topic: .topicText
    case .source: .sourceText
    case .eventID: .eventIDText
    case .timestamp, .payload: .eventForm
    }
  }
}
