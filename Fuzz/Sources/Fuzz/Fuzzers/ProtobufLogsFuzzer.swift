import InsertFormats

/// OTLP logs in Protocol Buffers: each payload is JSON, whatever the strings of the message hold.
enum ProtobufLogsFuzzer: Fuzzer {
  static let name = "otlp-protobuf"
  static let longestInput = 512
  /// A resource with `service.name`, and a scope with a record: time, severity, a body and a nested attribute.
  static let seeds: [[UInt8]] = [
    [0x0A, 0x43, 0x0A, 0x18, 0x0A, 0x16, 0x0A, 0x0C] + Array("service.name".utf8)
      + [0x12, 0x06, 0x0A, 0x04] + Array("shop".utf8)
      + [0x12, 0x27, 0x0A, 0x03, 0x0A, 0x01, 0x73, 0x12, 0x20, 0x09, 1, 2, 3, 4, 5, 6, 7, 8, 0x10, 0x09]
      + [0x2A, 0x03, 0x0A, 0x01, 0x22, 0x32, 0x0E, 0x0A, 0x01, 0x61, 0x12, 0x09, 0x2A, 0x07, 0x0A, 0x02]
      + [0x18, 0x05, 0x0A, 0x01, 0x00],
    [0x0A, 0x06, 0x12, 0x04, 0x12, 0x02, 0x18, 0x01], [],
  ]

  static func run(_ input: UnsafeRawBufferPointer) {
    var sink = CheckingSink(mustBeJSON: true, inputBytes: input.count)
    var reader = ProtobufLogsReader(LogRule())
    try? reader.read(0..<input.count, of: input.bytes, into: &sink)
  }
}
