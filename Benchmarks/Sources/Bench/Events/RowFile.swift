import ArgumentParser
import Glibc
import WireProtocol

/// A file of events. Each event is: time in microseconds (8 bytes); the lengths of payload (4 bytes, all ones for no
/// payload), topic, id and source (2 bytes each); then topic, id, source and payload. Integers are little-endian.
struct RowFile {
  private let file: UnsafeMutablePointer<FILE>

  init(_ path: String) throws {
    guard let file = fopen(path, "wb") else {
      throw ValidationError("\(path) cannot be written: \(String(cString: strerror(errno)))")
    }
    self.file = file
  }

  /// Appends every event of a batch.
  func append(_ bytes: [UInt8]) throws {
    let columns = try EventColumns(bytes, limits: .unlimited)
    let (topics, sources) = (columns.topicRanges(), columns.sourceRanges())
    var cursor = columns.makeCursor()
    while let event = cursor.next(in: bytes.span.bytes) {
      put(columns.layout.timestamp(of: event) ?? 0)
      put(event.payload.map { UInt32($0.count) } ?? .max)
      put(UInt16(topics[event.topic].count))
      put(UInt16(event.id.count))
      put(UInt16(sources[event.source].count))
      put(bytes, topics[event.topic])
      put(bytes, event.id)
      put(bytes, sources[event.source])
      if let payload = event.payload { put(bytes, payload) }
    }
  }

  /// Ends the file.
  func close() throws {
    guard ferror(file) == 0, fclose(file) == 0 else {
      throw ValidationError("the events could not be written: \(String(cString: strerror(errno)))")
    }
  }

  private func put(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { _ = fwrite($0.baseAddress, 1, $0.count, file) }
  }

  private func put(_ bytes: [UInt8], _ range: Range<Int>) {
    bytes[range].withUnsafeBytes { _ = fwrite($0.baseAddress, 1, $0.count, file) }
  }
}

extension BatchLimits {
  /// Bounds that no generated event reaches.
  static let unlimited = BatchLimits(
    bodyBytes: .max, rawBytes: Int(UInt32.max), events: Int(UInt16.max), dictionary: Int(UInt16.max))
}
