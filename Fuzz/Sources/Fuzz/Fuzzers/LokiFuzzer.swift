import InsertFormats

/// Push requests of Loki: the payloads of a request that is JSON are JSON.
enum LokiFuzzer: Fuzzer {
  static let name = "loki"
  static let longestInput = 512
  static let seeds = [
    #"{"streams":[{"stream":{"job":"j","host":"h"},"values":[["1700000000000000000","a \"b\""],["1","c",{"t":"x"}]]}]}"#,
    #"{"streams":[{"values":[["1","a"]],"stream":{}}]}"#,
  ].map { Array($0.utf8) }

  static func run(_ input: UnsafeRawBufferPointer) {
    var sink = CheckingSink(mustBeJSON: CheckingSink.isJSON(input), inputBytes: input.count)
    var reader = LokiPushReader(LokiRule())
    try? reader.read(0..<input.count, of: input.bytes, into: &sink)
  }
}
