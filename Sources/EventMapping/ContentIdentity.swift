internal import TextFormats

/// The identity of an event that has no id of its own: a hash over its content (`spec/content-identity.md`).
package struct ContentIdentity: Hashable, Sendable {
  /// The first eight bytes of the hash, little-endian.
  package let first: UInt64
  /// The last eight bytes.
  package let second: UInt64

  /// Number of bytes of an event id that is a content identity.
  package static let textBytes = 34

  /// The key of the hash: the bytes of `sluice-content-1`. It must never change, because an event must have the
  /// same identity in every version.
  private static let empty = SipHash128(low: 0x632D_6563_6975_6C73, high: 0x312D_746E_6574_6E6F)

  /// Creates the identity of the first event of a request with this content.
  /// - Parameters:
  ///   - timestamp: The time in the event, in microseconds since 1970; nil when the event names none. A time
  ///     that the server added must not be given, because a repeated request has another one.
  ///   - payload: The bytes of the payload; nil, like no bytes, for an event without one.
  package init(topic: RawSpan, timestamp: Int64?, source: RawSpan, payload: RawSpan?) {
    var hash = Self.empty
    hash.add(UInt64(topic.byteCount))
    hash.add(topic)
    if let timestamp {
      hash.add(8)
      hash.add(UInt64(bitPattern: timestamp))
    } else {
      hash.add(0)
    }
    hash.add(UInt64(source.byteCount))
    hash.add(source)
    if let payload {
      hash.add(UInt64(payload.byteCount))
      hash.add(payload)
    } else {
      hash.add(0)
    }
    (first, second) = hash.finish()
  }

  private init(first: UInt64, second: UInt64) {
    self.first = first
    self.second = second
  }

  /// Returns the identity of a further event of a request with this content.
  /// - Parameter index: Number of events with the same content before it in the request; 0 for the first.
  package func repeated(_ index: UInt64) -> ContentIdentity {
    guard index > 0 else { return self }
    var hash = Self.empty
    hash.add(first)
    hash.add(second)
    hash.add(index)
    let (first, second) = hash.finish()
    return ContentIdentity(first: first, second: second)
  }

  /// Replaces `text` by the event id: `c-` and 32 hexadecimal digits in lower case.
  package func write(to text: inout [UInt8]) {
    text.removeAll(keepingCapacity: true)
    text.append(UInt8(ascii: "c"))
    text.append(UInt8(ascii: "-"))
    for word in [first, second] {
      for shift in stride(from: 0, to: 64, by: 8) {
        let byte = UInt8(truncatingIfNeeded: word >> UInt64(shift))
        text.append(HexadecimalDigit.digit(byte >> 4))
        text.append(HexadecimalDigit.digit(byte & 15))
      }
    }
    assert(text.count == Self.textBytes, "the id has a fixed length")
  }

  /// The event id.
  package var text: String {
    var bytes: [UInt8] = []
    write(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// The contents of a request, so that equal events in it get different identities.
///
/// Holds 24 bytes, and the room of a hash table, for each different event without an id.
package struct ContentOccurrences: Sendable {
  private var counts: [ContentIdentity: UInt64] = [:]

  /// Creates the state of a request without events.
  package init() {}

  /// Counts an event and returns its identity in the request.
  /// - Parameter content: The identity of its content.
  package mutating func identity(of content: ContentIdentity) -> ContentIdentity {
    let index = counts[content, default: 0]
    counts[content] = index + 1
    return content.repeated(index)
  }
}
