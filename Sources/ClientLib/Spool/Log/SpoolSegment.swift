import WireProtocol

/// What stands in one file of a spool: records up to where they make sense, whatever the bytes are.
struct SpoolSegment {
  /// How a file of version 1 begins: 0x89, "SPOOL", 0, the version.
  static let preamble: [UInt8] = [0x89, 0x53, 0x50, 0x4F, 0x4F, 0x4C, 0, 1]

  /// The records, in order.
  private(set) var records: [SpoolRecord] = []
  /// Parts between records, or in front of them, that are none.
  private(set) var damages: [Range<Int>] = []
  /// Where the last record ends; what follows is the torn beginning of another one, or damage.
  private(set) var end = 0
  /// The version, if the file says that it is another one than 1.
  private(set) var strangeVersion: UInt8?

  /// Reads a file.
  init(_ bytes: RawSpan) {
    let known = Self.preamble.count
    guard bytes.byteCount >= known else { return }
    let isSpool = (0..<known - 1).allSatisfy { bytes.spoolInteger(UInt8.self, at: $0) == Self.preamble[$0] }
    let version = bytes.spoolInteger(UInt8.self, at: known - 1)
    if isSpool, version != Self.preamble[known - 1] {
      strangeVersion = version
      return
    }
    end = isSpool ? known : 0
    var offset = end
    while offset < bytes.byteCount {
      if let (record, next) = Self.record(bytes, at: offset) {
        if offset > end { damages.append(end..<offset) }
        records.append(record)
        offset = next
        end = next
      } else {
        offset = Self.nextMarker(bytes, from: offset + 1)
      }
    }
  }

  /// The record at `offset`, and where it ends.
  private static func record(_ bytes: RawSpan, at offset: Int) -> (SpoolRecord, end: Int)? {
    guard let header = SpoolHeader(bytes, at: offset) else { return nil }
    let start = offset + SpoolHeader.bytes
    guard bytes.byteCount - start >= Int(header.bodyLength) else { return nil }
    let end = start + Int(header.bodyLength)
    let body = bytes.extracting(start..<end)
    guard CRC32C.checksum(of: body) == header.bodyChecksum, let record = SpoolRecord(header, body: body)
    else {
      return nil
    }
    return (record, end)
  }

  /// Where the next record might begin.
  private static func nextMarker(_ bytes: RawSpan, from offset: Int) -> Int {
    var offset = offset
    while bytes.byteCount - offset >= SpoolHeader.bytes {
      if bytes.spoolInteger(UInt32.self, at: offset) == SpoolHeader.marker { return offset }
      offset += 1
    }
    return bytes.byteCount
  }
}
