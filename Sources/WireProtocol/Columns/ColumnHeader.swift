/// The fixed part in front of the columns: how many entries and bytes each column has.
struct ColumnHeader: Hashable {
  var events: Int
  var topics: Int
  var sources: Int
  var topicBytes: Int
  var sourceBytes: Int
  var idBytes: Int
  var payloadBytes: Int
  /// Bytes of one time delta: 4 or 8.
  var timeWidth: Int
  /// Microseconds since 1970.
  var baseTime: Int64

  /// Bytes of the columns, this header included. No term reaches 2^36, so the sum can not overflow.
  var rawByteCount: Int {
    let perEvent = 2 + 2 + timeWidth + 2 + 4
    return ColumnLayout.headerBytes + 2 * topics + topicBytes + 2 * sources + sourceBytes
      + events * perEvent + idBytes + payloadBytes
  }
}

extension ColumnHeader {
  /// Reads the header at the start of `bytes` and checks what needs no other column.
  /// - Throws: `WireError` with code `malformedColumns`.
  init(parsing bytes: RawSpan) throws(WireError) {
    guard bytes.byteCount >= ColumnLayout.headerBytes else {
      throw .malformed("\(bytes.byteCount) bytes, the header alone takes \(ColumnLayout.headerBytes)")
    }
    func count(_ offset: Int) -> Int { Int(bytes.littleEndian(UInt32.self, at: offset)) }
    self.init(
      events: count(0), topics: count(4), sources: count(8), topicBytes: count(12),
      sourceBytes: count(16), idBytes: count(20), payloadBytes: count(24),
      timeWidth: Int(bytes.littleEndian(UInt8.self, at: 28)),
      baseTime: bytes.littleEndian(Int64.self, at: 32))
    let reserved = bytes.littleEndian(UInt32.self, at: 28) >> 8
    guard reserved == 0 else { throw .malformed("the reserved bytes 29-31 are not zero") }
    guard timeWidth == 4 || timeWidth == 8 else {
      throw .malformed("time width \(timeWidth) at byte 28 is neither 4 nor 8")
    }
    try checkCounts()
    guard rawByteCount == bytes.byteCount else {
      throw .malformed("\(bytes.byteCount) bytes, the header announces \(rawByteCount)")
    }
  }

  private func checkCounts() throws(WireError) {
    guard events > 0 else { throw .malformed("a batch has at least one event") }
    guard (1...events).contains(topics) else {
      throw .malformed("\(topics) topics for \(events) events; there is at least one, and at most one each")
    }
    guard (1...events).contains(sources) else {
      throw .malformed("\(sources) sources for \(events) events; there is at least one, and at most one each")
    }
  }
}

extension WireError {
  static func malformed(_ problem: String) -> WireError {
    WireError(.malformedColumns, "columns: \(problem)")
  }
}
