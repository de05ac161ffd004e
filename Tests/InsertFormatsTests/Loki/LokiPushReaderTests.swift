import InsertFormats
import Testing

@Suite struct LokiPushReaderTests {
  private static func read(
    _ text: String, _ rule: LokiRule = LokiRule()
  ) throws(InsertFormatError) -> RecordingSink {
    let bytes = Array(text.utf8)
    var sink = RecordingSink()
    var reader = LokiPushReader(rule)
    try reader.read(0..<bytes.count, of: bytes.span.bytes, into: &sink)
    return sink
  }

  @Test func readsStreams() throws {
    let sink = try Self.read(
      #"{"streams":[{"stream":{"job":"web","host":"h1"},"values":[["1700000000000000001","a \"b\""],"#
        + #"["1700000000000001000","c",{"trace":"x"}]]},{"values":[["1000","d"]],"stream":{}}]}"#)
    #expect(
      sink.events == [
        .init(
          topic: "web", source: "h1", id: nil, time: 1_700_000_000_000_000,
          payload: #"{"line":"a \"b\"","labels":{"job":"web","host":"h1"}}"#),
        .init(
          topic: "web", source: "h1", id: nil, time: 1_700_000_000_000_001,
          payload: #"{"line":"c","labels":{"job":"web","host":"h1"},"metadata":{"trace":"x"}}"#),
        .init(topic: "loki", source: "loki", id: nil, time: 1, payload: #"{"line":"d","labels":{}}"#),
      ])
  }

  @Test(arguments: [
    (#"{"app":"a","job":"j","sluice_topic":"s"}"#, "s", "loki"), (#"{"app":"a","job":"j"}"#, "j", "loki"),
    (#"{"application":"n","pod":"p","instance":"i"}"#, "n", "i"), (#"{"job":"","app":"a"}"#, "a", "loki"),
    (#"{"env":"x"}"#, "loki", "loki"), (#"{"j\u006fb":"caf\u00e9"}"#, "café", "loki"),
  ])
  func takesTopicAndSourceFromLabels(labels: String, topic: String, source: String) throws {
    let sink = try Self.read(#"{"streams":[{"stream":\#(labels),"values":[["1","x"]]}]}"#)
    #expect(sink.events.map(\.topic) == [topic])
    #expect(sink.events.map(\.source) == [source])
  }

  @Test func obeysTheLabelAndTheTopicOfTheSender() throws {
    let text = #"{"streams":[{"stream":{"env":"e","job":"j"},"values":[["1","x"]]}]}"#
    #expect(try Self.read(text, LokiRule(topicLabel: "env")).events.map(\.topic) == ["e"])
    #expect(try Self.read(text, LokiRule(topicLabel: "no")).events.map(\.topic) == ["loki"])
    #expect(try Self.read(text, LokiRule(topic: "t", source: "s")).events.map(\.topic) == ["t"])
  }

  @Test(arguments: [
    (#"["x","l"]"#, "an integer is missing"), (#"["1"]"#, "a time and a line"),
    (#"["1",7]"#, "a string is missing"),
    (#"["1","l","m"]"#, "structured metadata"), (#"["1","l",{},4]"#, "more than three"),
    ("7", "\"[\" is missing"),
    (#"["99999999999999999999","l"]"#, "within 0 to"),
  ])
  func rejectsABadEntryAlone(entry: String, reason: String) throws {
    let sink = try Self.read(
      #"{"streams":[{"stream":{"job":"j"},"values":[["1","a"],\#(entry),["2","b"]]}]}"#)
    #expect(sink.events.count == 2)
    #expect(sink.rejections.map(\.topic) == ["j"])
    #expect(sink.rejections.allSatisfy { $0.reason.contains(reason) }, "\(sink.rejections)")
  }

  @Test(arguments: [
    ("", "\"{\" is missing"), ("{}", "\"streams\" is missing"), (#"{"streams":{}}"#, "\"[\" is missing"),
    (#"{"streams":[{"stream":{"a":1},"values":[]}]}"#, "must be a string"),
    (#"{"streams":[]} x"#, "something follows"), (#"{"streams":[{"values":[["1","a"]"#, "not closed"),
  ])
  func refusesOtherBodies(text: String, message: String) throws {
    let error = try #require(throws: InsertFormatError.self) { try Self.read(text) }
    #expect(error.message.contains(message), "\(error.message)")
  }
}
