import InsertFormats

/// OTLP logs in JSON: the payloads of a request that is JSON are JSON.
enum JSONLogsFuzzer: Fuzzer {
  static let name = "otlp-json"
  static let longestInput = 1_024
  static let seeds = [
    #"{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s"}}]},"#
      + #""scopeLogs":[{"scope":{"name":"n","version":"1"},"logRecords":[{"timeUnixNano":"17","body":{"intValue":"-5"},"#
      + #""attributes":[{"value":{"kvlistValue":{"values":[{"key":"x","value":{"arrayValue":{"values":[{"boolValue":true},"#
      + #"{"doubleValue":1.5},{"bytesValue":"AA=="}]}}}]}},"key":"a"}],"traceId":"ab","flags":1}]}]}]}"#,
    #"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{}]}]}]}"#, "{}",
    #"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":"# + nested(6) + "}]}]}]}",
  ].map { Array($0.utf8) }

  /// A list in lists.
  private static func nested(_ levels: Int) -> String {
    levels == 0 ? "{}" : #"{"arrayValue":{"values":["# + nested(levels - 1) + "]}}"
  }

  static func run(_ input: UnsafeRawBufferPointer) {
    var sink = CheckingSink(mustBeJSON: CheckingSink.isJSON(input), inputBytes: input.count)
    var reader = JSONLogsReader(LogRule())
    try? reader.read(0..<input.count, of: input.bytes, into: &sink)
  }
}
