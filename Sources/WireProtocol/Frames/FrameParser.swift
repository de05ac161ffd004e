/// Finds frames in bytes. It owns no buffer and consumes nothing.
public enum FrameParser {
  /// Content at the start of some bytes.
  public enum Parsed: Hashable, Sendable {
    /// Nothing is known before `total` bytes are there.
    case needMore(total: Int)
    /// A complete frame whose checksum is right.
    case frame(FrameHeader)
  }

  /// Looks at the start of `bytes`.
  ///
  /// The length of the body is compared with `bodyLimit` as soon as the header is there. The checksum is
  /// verified before anything else of the frame is used.
  /// - Parameter bodyLimit: returns the largest body of a frame of this type, at this point of the
  ///   connection.
  /// - Throws: `malformedFrame`, `frameTooLarge` or `badChecksum`; each ends the connection.
  public static func next(
    in bytes: RawSpan, bodyLimit: (_ type: UInt8) -> Int
  ) throws(WireError) -> Parsed {
    guard bytes.byteCount >= FrameHeader.byteCount else { return .needMore(total: FrameHeader.byteCount) }
    let header = try FrameHeader(parsing: bytes)
    let limit = bodyLimit(header.type)
    guard header.bodyLength <= limit else {
      throw WireError(
        .frameTooLarge,
        "a frame of type \(header.type) announces \(header.bodyLength) bytes; the limit is \(limit)")
    }
    let total = header.byteCount
    guard bytes.byteCount >= total else { return .needMore(total: total) }
    guard header.matches(frame: bytes.extracting(0..<total)) else {
      throw WireError(.badChecksum, "the checksum of a frame of type \(header.type) does not match")
    }
    return .frame(header)
  }
}
