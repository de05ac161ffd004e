/// The answers of OTLP/HTTP in the encoding of the request
/// (https://opentelemetry.io/docs/specs/otlp/#otlphttp-response).
package enum ExportAnswer {
  /// The encodings of a request.
  package enum Encoding: String, Sendable {
    case protobuf = "application/x-protobuf"
    case json = "application/json"
  }

  /// Returns the answer to a request whose records are stored, except `rejected` of them.
  /// - Parameter message: Says why records were rejected; of no effect when none was.
  package static func success(rejected: Int, message: String, _ encoding: Encoding) -> [UInt8] {
    switch encoding {
    case .json:
      guard rejected > 0 else { return Array("{}".utf8) }
      var text = JSONTextBuilder()
      text.add("{\"partialSuccess\":{\"rejectedLogRecords\":\"")
      text.integer(rejected)
      text.add("\",\"errorMessage\":")
      text.string(Array(message.utf8))
      text.add("}}")
      return text.bytes
    case .protobuf:
      guard rejected > 0 else { return [] }
      var partial: [UInt8] = [1 << 3]
      appendVarint(UInt64(rejected), to: &partial)
      append(2, Array(message.utf8), to: &partial)
      var answer: [UInt8] = []
      append(1, partial, to: &answer)
      return answer
    }
  }

  /// Returns the answer to a request that failed: `google.rpc.Status`.
  /// - Parameter code: The code of gRPC, such as 3 for an invalid argument.
  package static func failure(code: Int, message: String, _ encoding: Encoding) -> [UInt8] {
    switch encoding {
    case .json:
      var text = JSONTextBuilder()
      text.add("{\"code\":")
      text.integer(code)
      text.add(",\"message\":")
      text.string(Array(message.utf8))
      text.add("}")
      return text.bytes
    case .protobuf:
      var answer: [UInt8] = [1 << 3]
      appendVarint(UInt64(code), to: &answer)
      append(2, Array(message.utf8), to: &answer)
      return answer
    }
  }

  private static func append(_ field: UInt8, _ bytes: [UInt8], to message: inout [UInt8]) {
    message.append(field << 3 | 2)
    appendVarint(UInt64(bytes.count), to: &message)
    message += bytes
  }

  private static func appendVarint(_ value: UInt64, to message: inout [UInt8]) {
    var rest = value
    while rest >= 0x80 {
      message.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    message.append(UInt8(rest))
  }
}
