import WireProtocol

/// Content of one file of a spool: its records, and the parts that are not records. Accepts any bytes.
///
/// A part that is not a record is damage, unless it is the torn end of the file: a record that was cut
/// short by the end of its process or machine. One flipped bit is never taken for a torn end, because a
/// whole record with a wrong checksum is damage.
struct SpoolSegment {
  /// First bytes of a file of version 1: 0x89, "SPOOL", 0, the version.
  static let preamble: [UInt8] = [0x89, 0x53, 0x50, 0x4F, 0x4F, 0x4C, 0, 1]
  /// Lost pages of a file are zeros from a multiple of this size on.
  private static let pageBytes = 4_096
  /// Zeros that count as a lost page at least. Fewer may be the end of a record.
  private static let fewestZeros = 64

  /// Records in the order of the file.
  private(set) var records: [SpoolRecord] = []
  /// Damaged parts.
  private(set) var damages: [Range<Int>] = []
  /// Offset of the torn end; the length of the file when nothing is torn.
  private(set) var end = 0
  /// Version of the format, if it is not 1 and nothing in the file has version 1; otherwise nil.
  private(set) var unknownVersion: UInt8?

  /// Reads a file.
  /// - Parameter zerosAreTorn: whether zeros at the end count as a record that a power failure took. That
  ///   is so unless each record was synced before the next one was written.
  init(_ bytes: RawSpan, zerosAreTorn: Bool = true) {
    let known = Self.preamble.count
    guard bytes.byteCount >= known else { return }
    let isSpool = (0..<known - 1).allSatisfy { bytes.spoolInteger(UInt8.self, at: $0) == Self.preamble[$0] }
    let version = bytes.spoolInteger(UInt8.self, at: known - 1)
    let isKnown = isSpool && version == Self.preamble[known - 1]
    end = isKnown ? known : 0
    readRecords(bytes)
    if isSpool, !isKnown, records.isEmpty, !isOurs(bytes) {
      unknownVersion = version
      return
    }
    divideRest(bytes, zerosAreTorn)
  }

  /// Reads all sound records, and the damage between them.
  private mutating func readRecords(_ bytes: RawSpan) {
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

  /// Whether a file that names another version and has no whole record has version 1 anyway. One flipped
  /// bit in the version has this effect on a file that ends within its first record.
  private mutating func isOurs(_ bytes: RawSpan) -> Bool {
    let known = Self.preamble.count
    guard bytes.byteCount < known + SpoolHeader.bytes || SpoolHeader(bytes, at: known) != nil else {
      return false
    }
    damages.append(0..<known)
    end = known
    return true
  }

  /// Divides the bytes after the last sound record into damage and the torn end.
  private mutating func divideRest(_ bytes: RawSpan, _ zerosAreTorn: Bool) {
    while end < bytes.byteCount {
      let header = SpoolHeader(bytes, at: end)
      let bodyEnd = header.map { end + SpoolHeader.bytes + Int($0.bodyLength) } ?? bytes.byteCount
      if bytes.byteCount - end < SpoolHeader.bytes || bodyEnd > bytes.byteCount { return }
      if zerosAreTorn, Self.endsInLostPage(bytes, from: end) { return }
      let next = header == nil ? Self.nextHeader(bytes, from: end + 1) : bodyEnd
      if damages.last?.upperBound == end, let last = damages.popLast() {
        damages.append(last.lowerBound..<next)
      } else {
        damages.append(end..<next)
      }
      end = next
    }
  }

  /// Whether the rest of the file is zeros, from its beginning or from a page in it on.
  private static func endsInLostPage(_ bytes: RawSpan, from start: Int) -> Bool {
    var zeros = bytes.byteCount
    while zeros > start, bytes.spoolInteger(UInt8.self, at: zeros - 1) == 0 { zeros -= 1 }
    guard zeros > start else { return true }
    let page = (zeros + pageBytes - 1) / pageBytes * pageBytes
    return bytes.byteCount - page >= fewestZeros
  }

  /// Offset of the next sound header, or the end of the file.
  private static func nextHeader(_ bytes: RawSpan, from offset: Int) -> Int {
    var offset = nextMarker(bytes, from: offset)
    while offset < bytes.byteCount, SpoolHeader(bytes, at: offset) == nil {
      offset = nextMarker(bytes, from: offset + 1)
    }
    return offset
  }

  /// The record at `offset` and the offset of its end; nil when it is not sound.
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

  /// Offset of the next marker, or the end of the file.
  private static func nextMarker(_ bytes: RawSpan, from offset: Int) -> Int {
    var offset = offset
    while bytes.byteCount - offset >= SpoolHeader.bytes {
      if bytes.spoolInteger(UInt32.self, at: offset) == SpoolHeader.marker { return offset }
      offset += 1
    }
    return bytes.byteCount
  }
}
