import InsertFormats

/// CloudEvents in each mode: the payloads of a body that is JSON are JSON, and those of the binary mode without JSON
/// always are.
enum CloudEventFuzzer: Fuzzer {
  static let name = "cloudevents"
  static let longestInput = 512
  static let seeds = [
    #"{"specversion":"1.0","id":"1","source":"/a","type":"t","time":"2026-01-02T03:04:05Z","data":{"x":1}}"#,
    #"[{"specversion":"1.0","id":"1","source":"/a","type":"t"},{}]"#,
  ].map { Array($0.utf8) }

  static func run(_ input: UnsafeRawBufferPointer) {
    let range = 0..<input.count
    var sink = CheckingSink(mustBeJSON: CheckingSink.isJSON(input), inputBytes: input.count)
    var reader = CloudEventReader(CloudEventRule())
    try? reader.readEvent(range, of: input.bytes, into: &sink)
    try? reader.readBatch(range, of: input.bytes, into: &sink)
    let attributes = [("specversion", "1.0"), ("id", "1"), ("source", "s"), ("type", "t")]
    for (type, isAlwaysJSON) in [("application/json", false), ("text/plain", true), ("image/png", true)] {
      var sink = CheckingSink(mustBeJSON: isAlwaysJSON || CheckingSink.isJSON(input), inputBytes: input.count)
      try? reader.readBinary(
        attributes: attributes, contentType: type, data: range, of: input.bytes, into: &sink)
    }
  }
}
