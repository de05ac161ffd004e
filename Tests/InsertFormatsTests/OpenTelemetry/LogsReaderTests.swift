import InsertFormats
import Testing

@Suite struct LogsReaderTests {
  @Test func readsTheSameEventsFromBothEncodings() throws {
    let expected = RecordingSink.Event(
      topic: "shop", source: "shop", id: nil, time: 1_700_000_000_123_456, payload: LogSamples.payload)
    #expect(try LogSamples.readProtobuf(LogSamples.protobuf).events == [expected])
    #expect(try LogSamples.readJSON(LogSamples.json).events == [expected])
  }

  @Test(
    arguments: [
      ([("sluice.topic", "t")], [("sluice.topic", "u")], [("service.name", "s")], "t", "s"),
      ([], [("sluice.topic", "u")], [("service.name", "s"), ("sluice.topic", "v")], "u", "s"),
      ([], [], [("host.name", "h"), ("sluice.topic", "v")], "v", "h"),
      ([], [], [("host.name", "h")], "scope", "h"), ([("service.name", "r")], [], [], "r", "r"),
      ([("x", "y")], [], [], "scope", "opentelemetry"),
    ] as [([(String, String)], [(String, String)], [(String, String)], String, String)])
  func takesTopicAndSourceFromAttributes(
    record: [(String, String)], scope: [(String, String)], resource: [(String, String)], topic: String,
    source: String
  ) throws {
    let request = LogSamples.request(record: record, scope: scope, resource: resource, scopeName: "scope")
    for sink in [try LogSamples.readProtobuf(request.protobuf), try LogSamples.readJSON(request.json)] {
      #expect(sink.events.map(\.topic) == [topic])
      #expect(sink.events.map(\.source) == [source])
    }
  }

  @Test func takesTheIDFromTheAttributeThatIsNamed() throws {
    let request = LogSamples.request(record: [("log.record.uid", "1"), ("my.id", "2")])
    for (rule, id) in [
      (LogRule(), "1"), (LogRule(idAttribute: "my.id"), "2"), (LogRule(idAttribute: "no"), nil),
    ] {
      #expect(try LogSamples.readProtobuf(request.protobuf, rule).events.map(\.id) == [id])
      #expect(try LogSamples.readJSON(request.json, rule).events.map(\.id) == [id])
    }
  }

  @Test func obeysTopicAndSourceOfTheSender() throws {
    let request = LogSamples.request(resource: [("service.name", "s"), ("sluice.topic", "x")])
    let event = try #require(
      try LogSamples.readProtobuf(request.protobuf, LogRule(topic: "t", source: "u")).events.first)
    #expect(event.topic == "t")
    #expect(event.source == "u")
  }

  @Test func stopsWhenTheSinkTakesNoMore() throws {
    let three = LogSamples.protobuf + LogSamples.protobuf + LogSamples.protobuf
    #expect(try LogSamples.readProtobuf(three).events.count == 3)
    #expect(try LogSamples.readProtobuf(three, capacity: 2).events.count == 2)
  }

  @Test func refusesEveryTruncationOfARequest() {
    for count in 1..<LogSamples.protobuf.count {
      #expect(throws: InsertFormatError.self) {
        try LogSamples.readProtobuf(Array(LogSamples.protobuf.prefix(count)))
      }
    }
    for count in 0..<LogSamples.json.count {
      #expect(throws: InsertFormatError.self) {
        try LogSamples.readJSON(Array(LogSamples.json.prefix(count)))
      }
    }
  }

  @Test func takesTheMembersOfAttributesInAnyOrder() throws {
    let text =
      #"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"attributes":[{"value":{"intValue":1},"key":"a"},"#
      + #"{"key":"b"},{"value":null,"key":"sluice.topic"},{"value":{"stringValue":"t"},"key":"sluice.topic"}]}]}]}]}"#
    let event = try #require(try LogSamples.readJSON(Array(text.utf8)).events.first)
    #expect(event.topic == "t")
    #expect(
      event.payload == #"{"body":null,"attributes":{"a":1,"b":null,"sluice.topic":null,"sluice.topic":"t"}}"#)
  }

  @Test func takesEmptyRequests() throws {
    #expect(try LogSamples.readProtobuf([]).events.isEmpty)
    #expect(try LogSamples.readJSON(Array("{}".utf8)).events.isEmpty)
    #expect(try LogSamples.readJSON(Array(#"{"resourceLogs":null}"#.utf8)).events.isEmpty)
  }
}

@Suite struct BadLogRecordTests {
  /// A request with a good record on both sides of a bad one.
  private static func protobuf(bad: [UInt8]) -> [UInt8] {
    ProtobufMessage.make { request in
      request.message(1) { logs in
        logs.message(2) { scope in
          scope.message(2) { $0.fixed64(1, 1_000) }
          scope.bytes(2, bad)
          scope.message(2) { $0.fixed64(1, 2_000) }
        }
      }
    }.bytes
  }

  private static func deepValue(_ levels: Int) -> ProtobufMessage {
    var value = ProtobufMessage.make { $0.text(1, "x") }
    for _ in 0..<levels {
      let inner = value.bytes
      value = .make { outer in outer.message(5) { $0.bytes(1, inner) } }
    }
    return value
  }

  @Test(
    arguments: [
      ([0x0A], "a number is cut off"), ([0x0A, 0x05, 0x00], "a field is longer than its message"),
      ([0x0B], "wire type 3"), ([0x00], "no valid number"), ([0x09, 0x01], "a number is cut off"),
      ([0x10] + [UInt8](repeating: 0xFF, count: 10), "more than 64 bits"),
      ([0x2A, 0x02, 0x0A, 0x05], "longer than its message"),
      // severity_number -1
      ([0x10] + [UInt8](repeating: 0xFF, count: 9) + [0x01], "severity_number is negative"),
    ] as [([UInt8], String)])
  func rejectsABadRecordAlone(bad: [UInt8], reason: String) throws {
    let sink = try LogSamples.readProtobuf(Self.protobuf(bad: bad))
    #expect(sink.events.map(\.time) == [1, 2])
    #expect(sink.rejections.map(\.topic) == ["opentelemetry"])
    #expect(sink.rejections.allSatisfy { $0.reason.contains(reason) }, "\(sink.rejections)")
  }

  @Test func rejectsValuesThatAreNestedTooDeep() throws {
    let deep = ProtobufMessage.make { $0.bytes(5, Self.deepValue(20_000).bytes) }
    let sink = try LogSamples.readProtobuf(Self.protobuf(bad: deep.bytes))
    #expect(sink.events.count == 2)
    #expect(sink.rejections.allSatisfy { $0.reason.contains("nested deeper") })
    let fine = ProtobufMessage.make { $0.bytes(5, Self.deepValue(100).bytes) }
    #expect(try LogSamples.readProtobuf(Self.protobuf(bad: fine.bytes)).events.count == 3)
  }

  /// The collector checks how deeply a payload is nested, unless the reader knows that the payload is plain.
  @Test func doesNotCallNestedValuesPlain() throws {
    let flat = ProtobufMessage.make { $0.bytes(5, Self.deepValue(0).bytes) }
    #expect(try LogSamples.readProtobuf(Self.protobuf(bad: flat.bytes)).plainPayloads.count == 3)
    let deep = ProtobufMessage.make { $0.bytes(5, Self.deepValue(6).bytes) }
    #expect(try LogSamples.readProtobuf(Self.protobuf(bad: deep.bytes)).plainPayloads.count == 2)
    let list = (0..<6).reduce("{}") { inner, _ in #"{"arrayValue":{"values":[\#(inner)]}}"# }
    let json = #"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":\#(list)}]}]}]}"#
    let sink = try LogSamples.readJSON(Array(json.utf8))
    #expect(sink.events.count == 1 && sink.plainPayloads.isEmpty)
  }

  /// The last field of a value decides, for the payload and for the names.
  @Test func takesNoNameFromATextThatAnotherFieldReplaced() throws {
    let value = ProtobufMessage.make { value in
      value.text(1, "replaced")
      value.varint(2, 1)
    }
    let record = ProtobufMessage.make { record in
      record.message(6) { attribute in
        attribute.text(1, "sluice.topic")
        attribute.bytes(2, value.bytes)
      }
    }
    let events = try LogSamples.readProtobuf(Self.protobuf(bad: record.bytes)).events
    #expect(events.map(\.topic).allSatisfy { $0 == "opentelemetry" })
    #expect(events.contains { $0.payload.contains(#""sluice.topic":true"#) })
  }

  @Test(arguments: [
    (#"{"timeUnixNano":"abc"}"#, "an integer is missing"), (#"{"timeUnixNano":-1}"#, "within 0 to"),
    (#"{"timeUnixNano":"99999999999999999999"}"#, "within 0 to"), (#"{"severityNumber":1.5}"#, "an integer"),
    (#"{"body":"text"}"#, "\"{\" is missing"), (#"{"attributes":{}}"#, "\"[\" is missing"),
    (#"{"attributes":[{"value":{}}]}"#, "an attribute has no key"), (#"7"#, "\"{\" is missing"),
    (#"{"body":{"stringValue":7}}"#, "a string is missing"), (#"{"body":{"boolValue":1}}"#, "true or false"),
    (#"{"body":{"intValue":"1e5"}}"#, "an integer is missing"),
    (#"{"body":{"intValue":1,"stringValue":"x"}}"#, "more than one kind"),
    (#"{"attributes":[{"key":"a","key":"b"}]}"#, "two keys"),
    (#"{"attributes":[{"value":{},"value":{}}]}"#, "two values"), (#"{"traceId":7}"#, "a string is missing"),
  ])
  func rejectsABadJSONRecordAlone(bad: String, reason: String) throws {
    let text =
      #"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":1000},\#(bad),{"timeUnixNano":"2000"}]}]}]}"#
    let sink = try LogSamples.readJSON(Array(text.utf8))
    #expect(sink.events.map(\.time) == [1, 2])
    #expect(sink.rejections.map(\.reason).allSatisfy { $0.contains(reason) }, "\(sink.rejections)")
    #expect(sink.rejections.count == 1)
  }
}
