/// Writes frames one after the other into one array, so that one system call sends them.
public struct FrameWriter: Sendable {
  /// The finished frames.
  public private(set) var bytes: [UInt8] = []

  /// An empty writer.
  public init() {}

  /// Returns the bytes that `write` writes.
  static func bytes(_ write: (inout FrameWriter) -> Void) -> [UInt8] {
    var writer = FrameWriter()
    write(&writer)
    return writer.bytes
  }

  /// Whether nothing was written.
  public var isEmpty: Bool { bytes.isEmpty }

  /// Returns the finished frames and empties the writer.
  public mutating func take() -> [UInt8] {
    defer { bytes = [] }
    return bytes
  }

  /// Writes the preface.
  public mutating func preface() {
    bytes += Preface.bytes
  }

  /// Writes a frame whose whole body is uncompressed.
  mutating func frame(_ type: FrameType, sequence: UInt64 = 0, _ body: (inout FrameWriter) -> Void) {
    let start = begin()
    body(&self)
    let length = bytes.count - start - FrameHeader.byteCount
    finish(start, type: type.rawValue, codec: .none, sequence: sequence, rawLength: length)
  }

  /// Writes a TRACE before the PUBLISH of `sequence`.
  mutating func trace(_ context: TraceContext, sequence: UInt64) {
    let start = begin()
    bytes += context.description.utf8
    finish(
      start, type: TraceContext.frameType, codec: .none, sequence: sequence, rawLength: TraceContext.byteCount
    )
  }

  /// Writes a PUBLISH with columns that are encoded with `publish.codec`.
  public mutating func publish(_ publish: PublishHeader, columns: [UInt8]) {
    bytes.reserveCapacity(
      bytes.count + FrameHeader.byteCount + PublishHeader.prefixBytes + columns.count)
    let start = begin()
    integer(publish.base)
    integer(publish.timeToLive)
    bytes += columns
    finish(
      start, type: FrameType.publish.rawValue, codec: publish.codec, sequence: publish.sequence,
      rawLength: publish.rawLength)
  }

  mutating func integer(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }

  mutating func producer(_ producer: ProducerID) {
    integer(producer.high.byteSwapped)
    integer(producer.low.byteSwapped)
  }

  mutating func block(_ block: [UInt8]) {
    bytes += block
  }

  /// Writes the longest prefix of `text` that has at most `limit` bytes and only whole scalars.
  mutating func text8(_ text: String, limit: Int = 255) {
    let utf8 = Self.prefix(text, bytes: min(limit, 255))
    integer(UInt8(utf8.count))
    bytes += utf8
  }

  mutating func text16(_ text: String, limit: Int) {
    let utf8 = Self.prefix(text, bytes: min(limit, Int(UInt16.max)))
    integer(UInt16(utf8.count))
    bytes += utf8
  }

  private static func prefix(_ text: String, bytes limit: Int) -> [UInt8] {
    var utf8 = Array(text.utf8.prefix(limit))
    guard utf8.count < text.utf8.count else { return utf8 }
    while let last = utf8.popLast() {
      if last < 0x80 { return utf8 + [last] }
      if last >= 0xC0 { return utf8 }
    }
    return utf8
  }

  private mutating func begin() -> Int {
    let start = bytes.count
    bytes.append(contentsOf: repeatElement(0, count: FrameHeader.byteCount))
    return start
  }

  private mutating func finish(_ start: Int, type: UInt8, codec: Codec, sequence: UInt64, rawLength: Int) {
    let bodyLength = bytes.count - start - FrameHeader.byteCount
    precondition(bodyLength >= 0 && bodyLength <= UInt32.max, "the length of a body has 32 bits")
    bytes.withUnsafeMutableBytes { all in
      let frame = UnsafeMutableRawBufferPointer(rebasing: all[start...])
      frame.storeBytes(of: UInt32(bodyLength).littleEndian, toByteOffset: 0, as: UInt32.self)
      frame[4] = type
      frame[6] = codec.rawValue
      frame[7] = FrameHeader.version
      frame.storeBytes(of: sequence.littleEndian, toByteOffset: 8, as: UInt64.self)
      frame.storeBytes(of: UInt32(rawLength).littleEndian, toByteOffset: 16, as: UInt32.self)
      var crc = CRC32C()
      crc.update(UnsafeRawBufferPointer(frame).bytes)
      frame.storeBytes(of: crc.value.littleEndian, toByteOffset: FrameHeader.checksumOffset, as: UInt32.self)
    }
  }
}
