/// Reads integers and texts one after the other, and never leaves the bytes.
///
/// The reader keeps a position only; each call gets the bytes. Each read throws `malformedFrame` when the
/// bytes end too early.
struct ByteReader {
  private(set) var position = 0
  let end: Int

  /// A reader at the start of `bytes`.
  init(_ bytes: RawSpan) {
    end = bytes.byteCount
  }

  var remaining: Int { end - position }

  mutating func uint8(_ bytes: RawSpan) throws(WireError) -> UInt8 { try load(bytes) }
  mutating func uint16(_ bytes: RawSpan) throws(WireError) -> UInt16 { UInt16(littleEndian: try load(bytes)) }
  mutating func uint32(_ bytes: RawSpan) throws(WireError) -> UInt32 { UInt32(littleEndian: try load(bytes)) }
  mutating func uint64(_ bytes: RawSpan) throws(WireError) -> UInt64 { UInt64(littleEndian: try load(bytes)) }

  mutating func producer(_ bytes: RawSpan) throws(WireError) -> ProducerID {
    ProducerID(high: UInt64(bigEndian: try load(bytes)), low: UInt64(bigEndian: try load(bytes)))
  }

  mutating func block(_ count: Int, _ bytes: RawSpan) throws(WireError) -> [UInt8] {
    guard count <= remaining else { throw truncated(count) }
    let start = position
    position += count
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
      for index in 0..<count {
        buffer.initializeElement(
          at: index, to: bytes.unsafeLoad(fromByteOffset: start + index, as: UInt8.self))
      }
      written = count
    }
  }

  mutating func text8(_ bytes: RawSpan) throws(WireError) -> String {
    try text(Int(uint8(bytes)), bytes)
  }

  mutating func text16(_ bytes: RawSpan) throws(WireError) -> String {
    try text(Int(uint16(bytes)), bytes)
  }

  /// Skips `count` bytes.
  /// - Throws: `malformedFrame` when fewer are left.
  mutating func skip(_ count: Int) throws(WireError) {
    precondition(count >= 0, "a reader only moves forward")
    guard count <= remaining else { throw truncated(count) }
    position += count
  }

  /// Skips the options up to the end, or up to the first option of type `known`.
  /// - Returns: the length of the known option's value, which the reader is in front of; nil at the end.
  /// - Throws: `unknownCritical` for another critical option, `malformedFrame`.
  mutating func skipOptions(to known: UInt16? = nil, _ bytes: RawSpan) throws(WireError) -> Int? {
    while remaining > 0 {
      let type = try uint16(bytes)
      let length = Int(try uint16(bytes))
      if type == known { return length }
      guard type >= 0x8000 else {
        throw WireError(.unknownCritical, "option \(type) is unknown and critical")
      }
      try skip(length)
    }
    return nil
  }

  /// - Throws: `malformedFrame` when bytes are left over.
  func finish() throws(WireError) {
    guard remaining == 0 else {
      throw WireError(.malformedFrame, "a body has \(remaining) bytes too many")
    }
  }

  private mutating func text(_ count: Int, _ bytes: RawSpan) throws(WireError) -> String {
    guard let text = String(validating: try block(count, bytes), as: UTF8.self) else {
      throw WireError(.malformedFrame, "a text at byte \(position - count) of a body is not UTF-8")
    }
    return text
  }

  private mutating func load<Value: FixedWidthInteger & BitwiseCopyable>(
    _ bytes: RawSpan
  ) throws(WireError) -> Value {
    assert(bytes.byteCount == end, "the reader was made for other bytes")
    let size = MemoryLayout<Value>.size
    guard size <= remaining else { throw truncated(size) }
    defer { position += size }
    return bytes.unsafeLoadUnaligned(fromByteOffset: position, as: Value.self)
  }

  private func truncated(_ wanted: Int) -> WireError {
    WireError(.malformedFrame, "a body ends at byte \(end), \(wanted - remaining) bytes too early")
  }
}
