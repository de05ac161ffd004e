import WireProtocol

/// Fixed part before each record's body. Format: `spec/spool.md`.
struct SpoolHeader: Hashable {
  static let bytes = 48
  /// "SPLR", by which a reader finds the next record after damage.
  static let marker: UInt32 = 0x524C_5053
  /// Highest epoch that is read, so that an epoch can always be increased. A spool gets one epoch per identity
  /// and never reaches this number.
  static let highestEpoch = UInt32(Int32.max)

  var type: UInt8
  var codec: UInt8 = 0
  var epoch: UInt32
  var bodyLength: UInt32
  var events: UInt32 = 0
  var rawLength: UInt32 = 0
  var sequence: UInt64 = 0
  var expiry: UInt64 = 0
  var bodyChecksum: UInt32

  /// The header of a record with this body.
  init(type: UInt8, epoch: UInt32, body: [UInt8]) {
    precondition(body.count <= Int(UInt32.max), "a record's length has four bytes")
    self.type = type
    self.epoch = epoch
    bodyLength = UInt32(body.count)
    bodyChecksum = CRC32C.checksum(of: body.span.bytes)
  }

  /// Reads the header at `offset`; nil when no header begins there or its checksum is wrong.
  init?(_ bytes: RawSpan, at offset: Int) {
    guard bytes.byteCount - offset >= Self.bytes else { return nil }
    let header = bytes.extracting(offset..<offset + Self.bytes)
    guard header.spoolInteger(UInt32.self, at: 0) == Self.marker,
      header.spoolInteger(UInt32.self, at: 44) == CRC32C.checksum(of: header.extracting(0..<44)),
      header.spoolInteger(UInt16.self, at: 6) == 0,
      header.spoolInteger(UInt32.self, at: 8) <= Self.highestEpoch
    else { return nil }
    type = header.spoolInteger(UInt8.self, at: 4)
    codec = header.spoolInteger(UInt8.self, at: 5)
    epoch = header.spoolInteger(UInt32.self, at: 8)
    bodyLength = header.spoolInteger(UInt32.self, at: 12)
    events = header.spoolInteger(UInt32.self, at: 16)
    rawLength = header.spoolInteger(UInt32.self, at: 20)
    sequence = header.spoolInteger(UInt64.self, at: 24)
    expiry = header.spoolInteger(UInt64.self, at: 32)
    bodyChecksum = header.spoolInteger(UInt32.self, at: 40)
  }

  /// Bytes of the header.
  var encoded: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.bytes)
    bytes.append(spool: Self.marker)
    bytes += [type, codec, 0, 0]
    for field in [epoch, bodyLength, events, rawLength] { bytes.append(spool: field) }
    bytes.append(spool: sequence)
    bytes.append(spool: expiry)
    bytes.append(spool: bodyChecksum)
    bytes.append(spool: CRC32C.checksum(of: bytes.span.bytes))
    assert(bytes.count == Self.bytes)
    return bytes
  }
}

extension RawSpan {
  /// The little-endian integer at `offset`, at any alignment. Stops the program when it is not inside the
  /// span.
  func spoolInteger<Value: FixedWidthInteger & BitwiseCopyable>(_: Value.Type, at offset: Int) -> Value {
    Value(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: Value.self))
  }
}

extension [UInt8] {
  /// Appends a little-endian integer.
  mutating func append(spool integer: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: integer.littleEndian) { append(contentsOf: $0) }
  }
}
