import InsertFormats

/// The same request in both encodings of OTLP.
enum LogSamples {
  static let time: UInt64 = 1_700_000_000_123_456_789

  static let protobuf = ProtobufMessage.make { request in
    request.message(1) { logs in
      // The scopes come before the resource, which is allowed.
      logs.message(2) { scope in
        scope.message(1) { info in
          info.text(1, "my.scope")
          info.text(2, "1.2")
        }
        scope.message(2) { record in
          record.fixed64(1, time)
          record.varint(2, 9)
          record.text(3, "INFO")
          record.message(5) { $0.text(1, "say \"hi\"\n") }
          record.attribute(6, "a", "b")
          record.message(6) { attribute in
            attribute.text(1, "n")
            attribute.message(2) { value in
              value.message(6) { list in
                list.message(1) { pair in
                  pair.text(1, "x")
                  pair.message(2) { $0.message(5) { $0.message(1) { $0.varint(3, UInt64(bitPattern: -5)) } } }
                }
              }
            }
          }
          record.message(6) { attribute in
            attribute.text(1, "d")
            attribute.message(2) { $0.fixed64(4, 1.5.bitPattern) }
          }
          record.message(6) { attribute in
            attribute.text(1, "t")
            attribute.message(2) { $0.varint(2, 1) }
          }
          record.message(6) { attribute in
            attribute.text(1, "raw")
            attribute.message(2) { $0.bytes(7, [0, 255]) }
          }
          record.bytes(9, Array(repeating: 0xAB, count: 16))
          record.bytes(10, Array(repeating: 0x01, count: 8))
          record.fixed32(8, 1)
        }
      }
      logs.message(1) { $0.attribute(1, "service.name", "shop") }
    }
  }.bytes

  static let json = Array(
    #"""
    {"resourceLogs":[{"scopeLogs":[{"scope":{"name":"my.scope","version":"1.2"},"logRecords":[{
    "timeUnixNano":"1700000000123456789","severityNumber":9,"severityText":"INFO",
    "body":{"stringValue":"say \"hi\"\n"},"attributes":[{"key":"a","value":{"stringValue":"b"}},
    {"key":"n","value":{"kvlistValue":{"values":[{"key":"x","value":{"arrayValue":{"values":[{"intValue":"-5"}]}}}]}}},
    {"key":"d","value":{"doubleValue":1.5}},{"key":"t","value":{"boolValue":true}},
    {"key":"raw","value":{"bytesValue":"AP8="}}],
    "traceId":"abababababababababababababababab","spanId":"0101010101010101","flags":1,"unknown":[{}]}]}],
    "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]}}]}
    """#.utf8)

  static let payload =
    #"{"body":"say \"hi\"\n","severity_number":9,"severity_text":"INFO","#
    + #""attributes":{"a":"b","n":{"x":[-5]},"d":1.5,"t":true,"raw":"AP8="},"#
    + #""trace_id":"abababababababababababababababab","span_id":"0101010101010101","flags":1,"#
    + #""time_unix_nano":1700000000123456789,"scope":{"name":"my.scope","version":"1.2"},"#
    + #""resource":{"service.name":"shop"}}"#

  static func readProtobuf(
    _ bytes: [UInt8], _ rule: LogRule = LogRule(), capacity: Int = .max
  ) throws(InsertFormatError) -> RecordingSink {
    var sink = RecordingSink(capacity: capacity)
    var reader = ProtobufLogsReader(rule)
    try reader.read(0..<bytes.count, of: bytes.span.bytes, into: &sink)
    return sink
  }

  static func readJSON(
    _ bytes: [UInt8], _ rule: LogRule = LogRule(), capacity: Int = .max
  ) throws(InsertFormatError) -> RecordingSink {
    var sink = RecordingSink(capacity: capacity)
    var reader = JSONLogsReader(rule)
    try reader.read(0..<bytes.count, of: bytes.span.bytes, into: &sink)
    return sink
  }

  /// A request with one record, in both encodings, with string attributes.
  static func request(
    record: [(String, String)] = [], scope: [(String, String)] = [], resource: [(String, String)] = [],
    scopeName: String = ""
  ) -> (protobuf: [UInt8], json: [UInt8]) {
    let protobuf = ProtobufMessage.make { request in
      request.message(1) { logs in
        logs.message(1) { for (key, value) in resource { $0.attribute(1, key, value) } }
        logs.message(2) { message in
          message.message(1) { info in
            info.text(1, scopeName)
            for (key, value) in scope { info.attribute(3, key, value) }
          }
          message.message(2) { for (key, value) in record { $0.attribute(6, key, value) } }
        }
      }
    }
    func list(_ pairs: [(String, String)]) -> String {
      pairs.map { #"{"key":"\#($0.0)","value":{"stringValue":"\#($0.1)"}}"# }.joined(separator: ",")
    }
    let json =
      #"{"resourceLogs":[{"resource":{"attributes":[\#(list(resource))]},"scopeLogs":[{"#
      + #""scope":{"name":"\#(scopeName)","attributes":[\#(list(scope))]},"#
      + #""logRecords":[{"attributes":[\#(list(record))]}]}]}]}"#
    return (protobuf.bytes, Array(json.utf8))
  }
}
