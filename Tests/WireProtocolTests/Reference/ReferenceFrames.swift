/// Why a reference machine ends a connection.
struct Violation: Error {
  let code: String

  init(_ code: String) { self.code = code }

  static let malformed = Violation("MALFORMED_FRAME")
}

/// Reads little-endian fields; a field beyond the end is MALFORMED_FRAME.
struct FieldReader {
  let bytes: [UInt8]
  let broken: Rule?
  private(set) var at = 0

  init(_ bytes: [UInt8], broken: Rule?) {
    self.bytes = bytes
    self.broken = broken
  }

  var remaining: Int { bytes.count - at }

  mutating func integer(_ size: Int) throws -> UInt64 {
    try block(size).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  mutating func block(_ count: Int) throws -> [UInt8] {
    if count > remaining, broken == .endsEarly, count < 64 {
      defer { at = bytes.count }
      return Array(bytes[at...]) + Array(repeating: 0, count: count - remaining)
    }
    guard count <= remaining else { throw Violation.malformed }
    defer { at += count }
    return Array(bytes[at..<(at + count)])
  }

  mutating func text(_ sizeOfLength: Int) throws -> String {
    let bytes = try block(Int(try integer(sizeOfLength)))
    guard let text = String(validating: bytes, as: UTF8.self) else {
      if broken == .textIsUTF8 { return "" }
      throw Violation.malformed
    }
    return text
  }

  /// Skips the options, up to the known one if there is one.
  mutating func options(known: UInt64? = nil) throws -> Int? {
    while remaining > 0 {
      let type = try integer(2)
      let length = Int(try integer(2))
      if type == known { return length }
      if type < 0x8000, broken != .criticalOptions { throw Violation("UNKNOWN_CRITICAL") }
      if type >= 0x8000, broken == .skippableOptions { throw Violation("UNKNOWN_CRITICAL") }
      _ = try block(length)
    }
    return nil
  }

  func finish() throws {
    if remaining > 0, broken != .leftOver { throw Violation.malformed }
  }
}

/// A frame whose header was checked.
struct ReferenceFrame {
  let type: UInt8
  let codec: UInt8
  let sequence: UInt64
  let rawLength: Int
  let body: [UInt8]
  /// The whole frame as it was sent.
  let bytes: [UInt8]
}

/// Takes frames out of bytes by the text of the specification alone, with one rule broken if wanted. It shares no
/// code with the product.
struct ReferenceFrames {
  enum Next {
    case needMore
    case skipped
    case frame(ReferenceFrame)
  }

  let broken: Rule?
  private(set) var bytes: [UInt8] = []

  init(broken: Rule?) { self.broken = broken }

  mutating func append(_ more: [UInt8]) { bytes += more }

  /// The preface: nil while it is not there.
  mutating func preface() throws -> Bool? {
    let magic: [UInt8] = [0x89, 0x53, 0x4C, 0x55, 0x49, 0x43, 0x45]
    guard bytes.prefix(7).elementsEqual(magic.prefix(min(7, bytes.count))) else { return false }
    guard bytes.count >= 8 else { return broken == .prefaceIsAwaited && !bytes.isEmpty ? false : nil }
    if bytes[7] != 1, broken != .majorVersion { throw Violation("UNSUPPORTED_VERSION") }
    bytes.removeFirst(8)
    return true
  }

  mutating func next(limit: (_ type: UInt8) -> Int) throws -> Next {
    guard bytes.count >= 24 else { return .needMore }
    var header = FieldReader(Array(bytes.prefix(24)), broken: nil)
    let length = Int(try header.integer(4))
    let (type, flags) = (UInt8(try header.integer(1)), UInt8(try header.integer(1)))
    let (codec, version) = (UInt8(try header.integer(1)), try header.integer(1))
    let (sequence, rawLength) = (try header.integer(8), Int(try header.integer(4)))
    let checksum = UInt32(try header.integer(4))
    let isTooLong = length > limit(type) && broken != .bodyLimit
    if broken == .versionBeforeLength, isTooLong { throw Violation("FRAME_TOO_LARGE") }
    if version != 1, broken != .headerVersion { throw Violation.malformed }
    if broken == .lengthBeforeType { try check(type, flags) }
    if isTooLong { throw Violation("FRAME_TOO_LARGE") }
    guard bytes.count >= 24 + length else { return .needMore }
    let frame = Array(bytes.prefix(24 + length))
    let known = (1...10).contains(type)
    if broken == .checksumBeforeType { try check(type, flags) }
    let isLoose = broken == .checksum || broken == .checksumOfSkipped && !known && type >= 128
    if !isLoose, sum(of: frame) != checksum { throw Violation("BAD_CHECKSUM") }
    bytes.removeFirst(frame.count)
    try check(type, flags)
    guard known else { return .skipped }
    if type != 5, codec != 0, broken != .codecOfOthers { throw Violation("BAD_CODEC") }
    if type != 5, rawLength != length, broken != .rawLengthOfOthers { throw Violation.malformed }
    let body = Array(frame[24...])
    return .frame(
      ReferenceFrame(
        type: type, codec: codec, sequence: sequence, rawLength: rawLength, body: body, bytes: frame))
  }

  private func check(_ type: UInt8, _ flags: UInt8) throws {
    let known = (1...10).contains(type)
    var critical: UInt8 = broken == .criticalFlags ? 0 : broken == .skippableFlags ? 0xFF : 0x0F
    if broken == .highestCriticalFlag { critical = 0x07 }
    if broken == .flagsOfSkipped, !known { critical = 0 }
    if flags & critical != 0 { throw Violation("UNKNOWN_CRITICAL") }
    let first: UInt8 = broken == .highestCriticalType ? 127 : 128
    if !known, type < first, broken != .criticalTypes { throw Violation("UNKNOWN_CRITICAL") }
    if !known, type >= first, broken == .skippableTypes { throw Violation("UNKNOWN_CRITICAL") }
  }

  private func sum(of frame: [UInt8]) -> UInt32 {
    let header = broken == .checksumOverHeader ? [] : Array(frame[..<20]) + [0, 0, 0, 0]
    return ReferenceChecksum.of(header + frame[24...])
  }

  /// The sequence of a type that has none.
  func expectNoSequence(_ frame: ReferenceFrame) throws {
    if frame.sequence != 0, broken != .zeroSequence { throw Violation.malformed }
  }
}

/// An ERROR as it arrived.
struct ReferenceError {
  let code: Int
  let scope: Int
  let retry: Int
  let delay: Int

  init(_ frame: ReferenceFrame, broken: Rule?) throws {
    var reader = FieldReader(frame.body, broken: broken)
    (code, scope, retry) = (
      Int(try reader.integer(2)), Int(try reader.integer(1)), Int(try reader.integer(1))
    )
    delay = Int(try reader.integer(4))
    _ = try reader.text(2)
    try reader.finish()
    if !(1...2).contains(scope), broken != .errorScope { throw Violation.malformed }
    if retry > 2, broken != .errorRetry { throw Violation.malformed }
    if scope == 1, frame.sequence != 0, broken != .errorSequence { throw Violation.malformed }
  }
}

/// CRC-32C, a bit at a time into a table.
enum ReferenceChecksum {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { crc, _ in crc >> 1 ^ (crc & 1 == 1 ? 0x82F6_3B78 : 0) }
  }

  static func of(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
  }
}

/// An LZ4 block (https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md).
enum ReferenceLZ4 {
  static func decompress(_ block: [UInt8], rawLength: Int, broken: Rule?) throws -> [UInt8] {
    let bad = Violation("BAD_COMPRESSION")
    var out: [UInt8] = []
    var at = 0
    func byte() throws -> Int {
      guard at < block.count else { throw bad }
      defer { at += 1 }
      return Int(block[at])
    }
    func length(_ start: Int) throws -> Int {
      guard start == 15 else { return start }
      var sum = start
      while true {
        let next = try byte()
        sum += next
        if next < 255 { return sum }
      }
    }
    while true {
      let token = try byte()
      let literals = try length(token >> 4)
      guard literals <= block.count - at, out.count + literals <= rawLength || broken == .lz4Exact else {
        throw bad
      }
      out += block[at..<(at + literals)]
      at += literals
      if at == block.count { break }
      if broken == .lz4Matches { throw bad }
      let offset = try byte() | byte() << 8
      let match = try length(token & 15) + 4
      guard offset >= 1, offset <= out.count, out.count + match <= rawLength else { throw bad }
      for _ in 0..<match { out.append(out[out.count - offset]) }
    }
    guard out.count == rawLength || broken == .lz4Exact else { throw bad }
    return out
  }
}
