/// Writes a message of Protocol Buffers, independently of the product's reader.
struct ProtobufMessage {
  private(set) var bytes: [UInt8] = []

  static func make(_ build: (inout ProtobufMessage) -> Void) -> ProtobufMessage {
    var message = ProtobufMessage()
    build(&message)
    return message
  }

  mutating func varint(_ field: Int, _ value: UInt64) {
    raw(UInt64(field << 3))
    raw(value)
  }

  mutating func fixed64(_ field: Int, _ value: UInt64) {
    raw(UInt64(field << 3 | 1))
    for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
  }

  mutating func fixed32(_ field: Int, _ value: UInt32) {
    raw(UInt64(field << 3 | 5))
    for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
  }

  mutating func bytes(_ field: Int, _ value: [UInt8]) {
    raw(UInt64(field << 3 | 2))
    raw(UInt64(value.count))
    bytes += value
  }

  mutating func text(_ field: Int, _ value: String) { bytes(field, Array(value.utf8)) }

  mutating func message(_ field: Int, _ build: (inout ProtobufMessage) -> Void) {
    bytes(field, Self.make(build).bytes)
  }

  /// Adds a `KeyValue` with a string.
  mutating func attribute(_ field: Int, _ key: String, _ value: String) {
    message(field) {
      $0.text(1, key)
      $0.message(2) { $0.text(1, value) }
    }
  }

  private mutating func raw(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
