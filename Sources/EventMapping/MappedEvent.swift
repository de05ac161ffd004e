internal import TextFormats

/// An event that a mapping made. It is reused for the next event, so that its buffers keep their memory.
package struct MappedEvent: Sendable {
  /// The place of a payload.
  package enum Payload: Hashable, Sendable {
    /// The event has none.
    case none
    /// These bytes of the input.
    case input(Range<Int>)
    /// The bytes of `written`.
    case written
  }

  /// The topic in UTF-8; empty when it is missing.
  package internal(set) var topic: [UInt8] = []
  /// The event id in UTF-8; empty when the event gets its content identity.
  package internal(set) var eventID: [UInt8] = []
  /// The source in UTF-8.
  package internal(set) var source: [UInt8] = []
  /// The time in the event, in microseconds since 1970; nil when the event names none. It may be outside the
  /// years that can be stored.
  package internal(set) var timestamp: Int64?
  /// The payload.
  package internal(set) var payload = Payload.none
  /// A payload that is not a part of the input.
  package internal(set) var written: [UInt8] = []

  /// The bytes of the payload, copied; nil for none. For tests and for callers without haste.
  /// - Parameter bytes: The input.
  package func payloadBytes(in bytes: RawSpan) -> [UInt8]? {
    switch payload {
    case .none: nil
    case .input(let range): bytes.extracting(range).withUnsafeBytes { Array($0) }
    case .written: written
    }
  }

  mutating func clear() {
    topic.removeAll(keepingCapacity: true)
    eventID.removeAll(keepingCapacity: true)
    source.removeAll(keepingCapacity: true)
    timestamp = nil
    payload = .none
    written.removeAll(keepingCapacity: true)
  }
}

/// The reason why a mapping makes no event of a value that is JSON.
package struct MappingFault: Hashable, Sendable {
  /// The field of the event that is wrong.
  package let field: MappedField
  /// The path of the field; nil when the mapping names none.
  package let path: String?
  /// A sentence about the mistake and the expected form.
  package let message: String
}
