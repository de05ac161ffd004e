/// The context of a span in the form of the header field `traceparent` (W3C Trace Context, section 3.2), as the frame
/// TRACE carries it (`spec/wire-protocol.md`, section 9.1).
public struct TraceContext: Hashable, Sendable, CustomStringConvertible {
  /// Type of the frame TRACE. Peers that do not know the type skip the frame.
  static let frameType: UInt8 = 129
  /// Bytes of a context.
  static let byteCount = 55

  /// The text of the field: version 00, trace id, parent id and flags.
  public let description: String

  /// Reads the text of the field; nil when it is not a context of version 00 with a trace id and a parent id other
  /// than zero.
  public init?(_ text: String) {
    let utf8 = text.utf8
    guard Self.isSound(utf8.span.bytes) else { return nil }
    description = text
  }

  /// Reads the body of a TRACE; nil when the frame has another layout and is skipped.
  fileprivate init?(_ header: FrameHeader, body: RawSpan) {
    guard header.type == Self.frameType, header.codec == Codec.none.rawValue,
      body.byteCount == Self.byteCount,
      header.rawLength == header.bodyLength
    else { return nil }
    guard Self.isSound(body) else { return nil }
    description = body.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
  }

  /// Whether `text` has the layout of the field. A connection asks for each batch, so nothing is allocated.
  private static func isSound(_ text: RawSpan) -> Bool {
    guard text.byteCount == byteCount else { return false }
    return text.withUnsafeBytes { text in
      guard text[0] == zero, text[1] == zero, text[2] == dash, text[35] == dash, text[52] == dash else {
        return false
      }
      return isHexadecimal(text[3..<35]) && isHexadecimal(text[36..<52]) && isHexadecimal(text[53..<55])
        && text[3..<35].contains { $0 != zero } && text[36..<52].contains { $0 != zero }
    }
  }

  private static let zero = UInt8(ascii: "0")
  private static let dash = UInt8(ascii: "-")

  /// Whether all bytes are hexadecimal digits in lower case.
  private static func isHexadecimal(_ digits: Slice<UnsafeRawBufferPointer>) -> Bool {
    digits.allSatisfy { digit in
      (zero...UInt8(ascii: "9")).contains(digit) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(digit)
    }
  }
}

/// The last TRACE of a connection, until the next PUBLISH is taken.
struct PendingTrace {
  private var pending: (sequence: UInt64, context: TraceContext)?

  /// Notes a frame that is not one of `FrameType`. Without effect unless the frame is a sound TRACE.
  mutating func note(_ header: FrameHeader, _ frame: RawSpan) {
    let body = frame.extracting(FrameHeader.byteCount..<frame.byteCount)
    if let context = TraceContext(header, body: body) { pending = (header.sequence, context) }
  }

  /// Returns the header with the context of the TRACE, when that named the same sequence.
  mutating func take(for publish: PublishHeader) -> PublishHeader {
    guard let pending = pending.take(), pending.sequence == publish.sequence else { return publish }
    var publish = publish
    publish.traceContext = pending.context
    return publish
  }
}
