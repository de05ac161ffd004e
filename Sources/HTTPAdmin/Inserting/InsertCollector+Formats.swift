import HTTPTypes
import InsertFormats

/// Takes the events of the readers of insert formats.
extension InsertCollector: InsertSink {
  mutating func take(_ event: borrowing InsertedEvent, from item: Range<Int>) -> Bool {
    take(
      topic: event.topic, source: event.source, id: event.id, time: event.time,
      payload: event.payload.bytes.span.bytes, isPlain: event.payload.isPlain)
  }
}

extension Problem {
  /// A body that does not have the form of its format.
  static func malformedBody(_ error: InsertFormatError) -> Problem {
    Problem(
      status: .badRequest, kind: .malformedBody,
      detail: "The body cannot be read at byte \(error.offset): \(error.message).")
  }
}
