import InsertFormats
import Testing

@Suite struct CloudEventReaderTests {
  private static let sample =
    #"{"specversion":"1.0","id":"1","source":"/a/b","type":"t.u","time":"1970-01-01T00:00:01Z","subject":"s","data":{}}"#

  private static func read(
    _ text: String, _ rule: CloudEventRule = CloudEventRule()
  ) throws(InsertFormatError) -> RecordingSink {
    let bytes = Array(text.utf8)
    var sink = RecordingSink()
    var reader = CloudEventReader(rule)
    if text.hasPrefix("[") {
      try reader.readBatch(0..<bytes.count, of: bytes.span.bytes, into: &sink)
    } else {
      try reader.readEvent(0..<bytes.count, of: bytes.span.bytes, into: &sink)
    }
    return sink
  }

  @Test func identifiesAnEventBySourceAndID() throws {
    #expect(
      try Self.read(Self.sample).events == [
        .init(topic: "/a/b", source: "/a/b", id: "1", time: 1_000_000, payload: Self.sample)
      ])
  }

  @Test(arguments: [
    (CloudEventRule(topicAttribute: .type), "t.u", "/a/b 1"),
    (CloudEventRule(topicAttribute: .subject), "s", "/a/b 1"),
    (CloudEventRule(topic: "x"), "x", "/a/b 1"),
    (CloudEventRule(topicAttribute: .type, topic: "x"), "x", "/a/b 1"),
  ])
  func keepsTheIdentityUnderOtherTopics(rule: CloudEventRule, topic: String, id: String) throws {
    let event = try #require(try Self.read(Self.sample, rule).events.first)
    #expect(event.topic == topic)
    #expect(event.id == id)
  }

  @Test(arguments: [
    ("{}", "specversion"), (#"{"specversion":"0.3","id":"1","source":"s","type":"t"}"#, "must be \"1.0\""),
    (#"{"specversion":"1.0","id":"","source":"s","type":"t"}"#, "\"id\" is missing or empty"),
    (#"{"specversion":"1.0","id":7,"source":"s","type":"t"}"#, "\"id\" must be a string"),
    (#"{"specversion":"1.0","id":"1","source":"s","type":"t","time":"yesterday"}"#, "must be a time"),
    (#"{"specversion":"1.0","id":"\ud800","source":"s","type":"t"}"#, "surrogate"), ("7", "\"{\" is missing"),
    (#"{"specversion":"1.0","id":"1""#, "not closed"), ("", "a value is missing"),
  ])
  func refusesOtherValues(text: String, message: String) throws {
    let error = try #require(throws: InsertFormatError.self) { try Self.read(text) }
    #expect(error.message.contains(message), "\(error.message)")
    guard !text.isEmpty, !message.contains("not closed") else { return }
    let batch = try Self.read("[\(Self.sample),\(text),\(Self.sample)]")
    #expect(batch.events.count == 2)
    #expect(batch.rejections.count == 1)
    #expect(batch.rejections.allSatisfy { $0.reason.contains(message) })
  }

  @Test(arguments: [
    ("application/json", #"{"x":1}"#, #","datacontenttype":"application/json","data":{"x":1}"#),
    (
      "application/vnd.a+json; charset=utf-8", "7",
      #","datacontenttype":"application/vnd.a+json; charset=utf-8","data":7"#
    ),
    ("text/plain", "say \"hi\"", #","datacontenttype":"text/plain","data":"say \"hi\"""#),
    ("application/xml", "<a/>", #","datacontenttype":"application/xml","data_base64":"PGEvPg==""#),
    (nil, "", ""),
  ])
  func writesTheBinaryModeAsJSON(contentType: String?, body: String, rest: String) throws {
    let bytes = Array(body.utf8)
    var sink = RecordingSink()
    var reader = CloudEventReader(CloudEventRule())
    try reader.readBinary(
      attributes: [
        ("specversion", "1.0"), ("id", "é"), ("source", "s"), ("type", "t"), ("time", "1970-01-01T00:00:01Z"),
        ("ext", "\"q\""),
      ], contentType: contentType, data: 0..<bytes.count, of: bytes.span.bytes, into: &sink)
    let start =
      #"{"specversion":"1.0","id":"é","source":"s","type":"t","time":"1970-01-01T00:00:01Z","ext":"\"q\"""#
    #expect(
      sink.events == [.init(topic: "s", source: "s", id: "é", time: 1_000_000, payload: start + rest + "}")])
  }
}
