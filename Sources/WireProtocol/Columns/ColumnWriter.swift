/// Writes little-endian columns one after the other into memory whose size is known before.
struct ColumnWriter {
  private let buffer: UnsafeMutableRawBufferPointer
  /// Bytes written so far.
  private(set) var count = 0

  init(_ buffer: UnsafeMutableRawBufferPointer) {
    self.buffer = buffer
  }

  /// Writes one number.
  @inline(__always)
  mutating func append<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
    precondition(buffer.count - count >= MemoryLayout<Value>.size, "the columns are larger than announced")
    buffer.storeBytes(of: value.littleEndian, toByteOffset: count, as: Value.self)
    count += MemoryLayout<Value>.size
  }

  /// Writes a column of numbers.
  mutating func append(_ values: [UInt16]) {
    for value in values { append(value) }
  }

  /// Writes bytes as they are.
  mutating func append(_ bytes: [UInt8]) {
    precondition(buffer.count - count >= bytes.count, "the columns are larger than announced")
    UnsafeMutableRawBufferPointer(rebasing: buffer[count...]).copyBytes(from: bytes)
    count += bytes.count
  }
}
