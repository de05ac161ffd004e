public import WireProtocol

/// Finds the events of a batch that cannot be stored. The rest of the batch is stored without them.
///
/// The structure of the columns was checked when they were created; this type checks the values of each
/// event. A topic or source is checked once, regardless of the number of its events.
public struct ColumnValidator: Sendable {
  /// The earliest timestamp that can be stored, in microseconds since 1970: 0001-01-01T00:00:00Z.
  public static let earliestTimestamp: Int64 = -62_135_596_800_000_000
  /// The latest timestamp that can be stored: 9999-12-31T23:59:59.999999Z.
  public static let latestTimestamp: Int64 = 253_402_300_799_999_999

  private let names: NameValidator
  private let payloadBytes: Int
  private let json: JSONValidator

  /// Creates a validator. `limits.jsonDepth` must be 1 to `JSONValidator.deepest`.
  public init(limits: EventLimits) {
    self.names = NameValidator(longest: limits.nameScalars)
    self.payloadBytes = limits.payloadBytes
    self.json = JSONValidator(depth: limits.jsonDepth, exponent: limits.jsonExponent)
  }

  /// Returns the events of `columns` that cannot be stored, ascending by position; usually none.
  ///
  /// An event with several errors has the reason of the first one, in the order topic, source, event id,
  /// timestamp, payload. Takes time linear in the bytes.
  public func deadEvents(in columns: EventColumns) -> [DeadEvent] {
    let bytes = columns.bytes.span.bytes
    let topics = faults(of: columns.topicRanges(), in: bytes, text: .topicText, length: .topicLength)
    let sources = faults(of: columns.sourceRanges(), in: bytes, text: .sourceText, length: .sourceLength)
    // Nearly all ids are ASCII. One check of all of them leaves only their lengths to be compared.
    let ids = columns.layout.idBytes..<columns.layout.payloadLengths
    let hasPlainIDs = NameValidator.isPlain(ids, of: bytes)
    var dead: [DeadEvent] = []
    var cursor = columns.makeCursor()
    while let event = cursor.next(in: bytes) {
      let reason =
        topics?[event.topic] ?? sources?[event.source]
        ?? fault(ofID: event.id, isPlain: hasPlainIDs, in: bytes)
        ?? fault(of: event, at: columns.layout.timestamp(of: event), in: bytes)
      if let reason { dead.append(DeadEvent(position: cursor.position &- 1, reason: reason)) }
    }
    return dead
  }

  /// Returns the reason why one event cannot be stored, by the rules and the order of `deadEvents(in:)`; nil for an
  /// event that can be stored.
  /// - Parameter isJSON: Whether the payload is known to be JSON that the limits permit, so that only its length is
  ///   checked.
  public func reason(
    topic: RawSpan, source: RawSpan, eventID: RawSpan, timestamp: Int64, payload: RawSpan?,
    isJSON: Bool = false
  ) -> DeadReason? {
    if let reason = reason(topic, text: .topicText, length: .topicLength) { return reason }
    if let reason = reason(source, text: .sourceText, length: .sourceLength) { return reason }
    if let reason = reason(eventID, text: .eventIDText, length: .eventIDLength) { return reason }
    guard Self.timestamps.contains(timestamp) else { return .timestampRange }
    guard let payload else { return nil }
    guard isJSON, payload.byteCount <= payloadBytes else {
      return reason(payload: 0..<payload.byteCount, in: payload)
    }
    assert(reason(payload: 0..<payload.byteCount, in: payload) == nil, "a payload that is known to be JSON")
    return nil
  }

  private func reason(_ name: RawSpan, text: DeadReason, length: DeadReason) -> DeadReason? {
    guard let fault = names.fault(in: 0..<name.byteCount, of: name) else { return nil }
    return fault == .text ? text : length
  }

  /// The timestamps that can be stored.
  private static let timestamps = earliestTimestamp...latestTimestamp

  @inline(__always)
  private func reason(payload: Range<Int>, in bytes: RawSpan) -> DeadReason? {
    guard payload.count <= payloadBytes else { return .payloadLength }
    return json.fault(in: payload, of: bytes)
  }

  /// Returns the error of each name in a dictionary; nil when all are valid.
  private func faults(
    of dictionary: [Range<Int>], in bytes: RawSpan, text: DeadReason, length: DeadReason
  ) -> [DeadReason?]? {
    var faults: [DeadReason?]?
    for (index, range) in dictionary.enumerated() {
      guard let fault = names.fault(in: range, of: bytes) else { continue }
      faults = faults ?? Array(repeating: nil, count: dictionary.count)
      faults?[index] = fault == .text ? text : length
    }
    return faults
  }

  /// Returns the error of an event id. `isPlain` means that all ids are known to be ASCII.
  @inline(__always)
  private func fault(ofID id: Range<Int>, isPlain: Bool, in bytes: RawSpan) -> DeadReason? {
    if isPlain { return names.allows(scalars: id.count) ? nil : .eventIDLength }
    guard let fault = names.fault(in: id, of: bytes) else { return nil }
    return fault == .text ? .eventIDText : .eventIDLength
  }

  /// Returns the error of an event's timestamp or payload.
  @inline(__always)
  private func fault(of event: EventPlace, at timestamp: Int64?, in bytes: RawSpan) -> DeadReason? {
    guard let timestamp, Self.timestamps.contains(timestamp) else { return .timestampRange }
    guard let payload = event.payload else { return nil }
    return reason(payload: payload, in: bytes)
  }
}
