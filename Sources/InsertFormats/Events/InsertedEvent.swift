/// An event as an insert format describes it, before the rules for all events apply.
///
/// A reader reuses one value for all events of a request, so that its buffers keep their memory. The texts and the
/// payload are not checked here: the receiver checks that they can be stored.
package struct InsertedEvent: Sendable {
  /// The topic in UTF-8.
  package internal(set) var topic: [UInt8] = []
  /// The source in UTF-8.
  package internal(set) var source: [UInt8] = []
  /// The event id in UTF-8; nil when the format gives no id, so that the content identifies the event.
  package internal(set) var id: [UInt8]?
  /// Event time in microseconds since 1970; nil when the format gives no time.
  package internal(set) var time: Int64?
  /// The payload, meant to be one JSON text.
  package internal(set) var payload = JSONTextBuilder()

  package init() {}

  /// Clears the event and keeps the memory of its buffers.
  mutating func clear() {
    topic.removeAll(keepingCapacity: true)
    source.removeAll(keepingCapacity: true)
    id = nil
    time = nil
    payload.removeAll()
  }

  /// Microseconds since 1970 of nanoseconds since 1970; nil for 0, by which formats say that there is no time.
  static func microseconds(ofNanoseconds nanoseconds: UInt64) -> Int64? {
    nanoseconds == 0 ? nil : Int64(nanoseconds / 1_000)
  }
}

/// The receiver of the events of one request, in the order of the body.
package protocol InsertSink {
  /// Takes an event.
  /// - Parameter item: The bytes of the body that describe the event.
  /// - Returns: false when no further events can be taken, so that reading stops.
  mutating func take(_ event: borrowing InsertedEvent, from item: Range<Int>) -> Bool

  /// Takes an item that is not an event.
  /// - Parameters:
  ///   - item: The range of the body that is wrong.
  ///   - bytes: The body.
  ///   - topic: The topic in UTF-8 under which the item is dead-lettered; empty when it is not known.
  ///   - reason: A sentence part that says what is wrong.
  /// - Returns: false when no further items can be taken, so that reading stops.
  mutating func reject(
    _ item: Range<Int>, of bytes: RawSpan, topic: [UInt8], because reason: String
  ) -> Bool
}

/// A body that cannot be read as its format, so that none of its events can be found with certainty.
package struct InsertFormatError: Error, Hashable {
  /// The position of the error, in bytes from the beginning.
  package let offset: Int
  /// A description of the error, without the position.
  package let message: String

  package init(offset: Int, message: String) {
    self.offset = offset
    self.message = message
  }
}
