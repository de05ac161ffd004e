/// A scanner that walks through a message of Protocol Buffers from field to field
/// (https://protobuf.dev/programming-guides/encoding/). It builds nothing, copies nothing and does not recurse: the value
/// of a message in a field is the range of its bytes.
///
/// The scanner holds only positions; the caller passes the same bytes to every call.
struct ProtobufScanner {
  /// A field: its number and its value.
  struct Field {
    /// 1 to 2^29 - 1.
    let number: UInt32
    let value: Value
  }

  /// The value of a field, by wire type.
  enum Value {
    case varint(UInt64)
    case fixed64(UInt64)
    case fixed32(UInt32)
    /// The range of a text, of bytes, of a message or of packed numbers.
    case bytes(Range<Int>)
  }

  /// The position of the next field.
  private(set) var place: Int
  private let end: Int

  /// A scanner at the beginning of the message in `range`.
  init(_ range: Range<Int>) {
    place = range.lowerBound
    end = range.upperBound
  }

  /// Returns the next field; nil at the end of the message.
  /// - Throws: `InsertFormatError` when the bytes are not a message. Groups, which the language no longer has, are errors.
  @inline(__always)
  mutating func next(in bytes: RawSpan) throws(InsertFormatError) -> Field? {
    guard place < end else { return nil }
    let key = try varint(in: bytes)
    guard key >> 3 != 0, key <= UInt64(UInt32.max) else { throw error("a field has no valid number") }
    let number = UInt32(truncatingIfNeeded: key >> 3)
    switch key & 7 {
    case 0: return Field(number: number, value: .varint(try varint(in: bytes)))
    case 1: return Field(number: number, value: .fixed64(try fixed(UInt64.self, in: bytes)))
    case 2: return Field(number: number, value: .bytes(try counted(in: bytes)))
    case 5: return Field(number: number, value: .fixed32(try fixed(UInt32.self, in: bytes)))
    default: throw error("a field has the wire type \(key & 7), which is not read")
    }
  }

  private func error(_ message: String) -> InsertFormatError {
    InsertFormatError(offset: place, message: message)
  }

  @inline(__always)
  private mutating func varint(in bytes: RawSpan) throws(InsertFormatError) -> UInt64 {
    guard place < end else { throw error("a number is cut off") }
    let first = bytes.unsafeLoad(fromByteOffset: place, as: UInt8.self)
    guard first >= 0x80 else {
      place &+= 1
      return UInt64(first)
    }
    return try longVarint(in: bytes)
  }

  private mutating func longVarint(in bytes: RawSpan) throws(InsertFormatError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while place < end {
      let byte = bytes.unsafeLoad(fromByteOffset: place, as: UInt8.self)
      // The tenth byte has room for one bit.
      guard shift < 63 || byte <= 1 else { throw error("a number has more than 64 bits") }
      place += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    throw error("a number is cut off")
  }

  @inline(__always)
  private mutating func fixed<Number: FixedWidthInteger & BitwiseCopyable>(
    _ type: Number.Type, in bytes: RawSpan
  ) throws(InsertFormatError) -> Number {
    guard end - place >= MemoryLayout<Number>.size else { throw error("a number is cut off") }
    defer { place += MemoryLayout<Number>.size }
    return Number(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: place, as: type))
  }

  @inline(__always)
  private mutating func counted(in bytes: RawSpan) throws(InsertFormatError) -> Range<Int> {
    let count = try varint(in: bytes)
    guard count <= UInt64(end - place) else { throw error("a field is longer than its message") }
    let start = place
    place += Int(count)
    return start..<place
  }
}
