import Ingest
import InsertFormats

/// Checks the events that a reader of an insert format makes.
struct CheckingSink: InsertSink {
  /// Whether a payload that is not JSON is a defect.
  let mustBeJSON: Bool
  /// The number of bytes of the input.
  let inputBytes: Int
  private static let plainCheck = JSONValidator(
    depth: JSONTextBuilder.plainDepth, exponent: JSONTextBuilder.plainDigits)
  private static let check = JSONValidator(depth: JSONValidator.deepest, exponent: 1 << 20)

  mutating func take(_ event: borrowing InsertedEvent, from item: Range<Int>) -> Bool {
    precondition(item.lowerBound >= 0 && item.upperBound <= inputBytes, "an item outside of the input")
    precondition(!event.topic.isEmpty && !event.source.isEmpty, "an event without topic or source")
    let payload = event.payload.bytes
    let fault = Self.check.fault(in: 0..<payload.count, of: payload.span.bytes)
    if event.payload.isPlain {
      precondition(
        Self.plainCheck.fault(in: 0..<payload.count, of: payload.span.bytes) == nil,
        "a plain payload that cannot be stored")
    }
    if mustBeJSON { precondition(fault != .payloadSyntax, "a payload that is not JSON") }
    return true
  }

  mutating func reject(
    _ item: Range<Int>, of bytes: RawSpan, topic: [UInt8], because reason: String
  ) -> Bool {
    precondition(item.lowerBound >= 0 && item.upperBound <= inputBytes, "an item outside of the input")
    precondition(!reason.isEmpty, "a rejection without a reason")
    return true
  }

  /// Whether `input` is JSON that can be stored.
  static func isJSON(_ input: UnsafeRawBufferPointer) -> Bool {
    check.fault(in: 0..<input.count, of: input.bytes) == nil
  }
}
