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
    guard Self.isSound(Array(text.utf8)) else { return nil }
    description = text
  }

  /// Reads the body of a TRACE; nil when the frame has another layout and is skipped.
  fileprivate init?(_ header: FrameHeader, body: RawSpan) {
    guard header.type == Self.frameType, header.codec == Codec.none.rawValue,
      body.byteCount == Self.byteCount,
      header.rawLength == header.bodyLength
    else { return nil }
    let bytes = body.array
    guard Self.isSound(bytes) else { return nil }
    description = String(decoding: bytes, as: UTF8.self)
  }

  private static func isSound(_ bytes: [UInt8]) -> Bool {
    guard bytes.count == byteCount, bytes.starts(with: Array("00-".utf8)), bytes[35] == UInt8(ascii: "-"),
      bytes[52] == UInt8(ascii: "-")
    else { return false }
    let (trace, parent) = (bytes[3..<35], bytes[36..<52])
    guard (trace + parent + bytes[53...]).allSatisfy({ Array("0123456789abcdef".utf8).contains($0) })
    else { return false }
    let zero = UInt8(ascii: "0")
    return trace.contains { $0 != zero } && parent.contains { $0 != zero }
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
