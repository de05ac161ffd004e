/// Finds frames in bytes. Pure: it owns no buffer and consumes nothing.
public enum FrameParser {
  /// What stands at the start of some bytes.
  public enum Parsed: Hashable, Sendable {
    /// Nothing can be said before this many bytes are there.
    case needMore(total: Int)
    /// A complete frame whose checksum is right.
    case frame(FrameHeader)
  }

  /// Looks at the start of `bytes`.
  ///
  /// The body's length is compared with `bodyLimit` as soon as the header is there, and the checksum is
  /// verified before anything else of the frame is used.
  /// - Parameter bodyLimit: gives the longest body of a frame of this type, at this point of the connection.
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

extension FrameHeader {
  /// Bytes of the whole frame.
  public var byteCount: Int { Self.byteCount + Int(bodyLength) }

  /// The type, when the rules on types, flags, codec and raw length are kept; nil for a frame that is to be skipped.
  /// - Throws: `unknownCritical`, `badCodec` or `malformedFrame`.
  func checkedType() throws(WireError) -> FrameType? {
    guard flags & Self.criticalFlags == 0 else {
      throw WireError(.unknownCritical, "flags \(flags) of a frame of type \(type) are unknown and critical")
    }
    guard let known = FrameType(rawValue: type) else {
      guard type >= FrameType.firstIgnorable else {
        throw WireError(.unknownCritical, "frame type \(type) is unknown and critical")
      }
      return nil
    }
    guard known == .publish || codec == Codec.none.rawValue else {
      throw WireError(.badCodec, "codec \(codec) on a frame of type \(type)")
    }
    guard known == .publish || rawLength == bodyLength else {
      throw WireError(
        .malformedFrame, "raw length \(rawLength) of an uncompressed body of \(bodyLength) bytes")
    }
    return known
  }
}
