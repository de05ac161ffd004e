import InsertFormats
import Testing
import TextFormats

@Suite struct DocumentReaderTests {
  private static func read(
    _ document: String, _ rule: DocumentRule = DocumentRule(),
    action: BulkAction = BulkAction(kind: .index, index: Array("logs".utf8))
  ) throws(InsertFormatError) -> RecordingSink.Event {
    let bytes = Array(document.utf8)
    var reader = DocumentReader(rule, now: UTCTime(microseconds: 1_800_000_000_000_000))
    try reader.read(0..<bytes.count, of: action, in: bytes.span.bytes)
    return RecordingSink.Event(reader.event)
  }

  @Test(
    arguments: [
      (#"{"@timestamp":"1970-01-01T00:00:01Z"}"#, 1_000_000),
      (#"{"timestamp":"1970-01-01T00:00:01Z","@timestamp":"1970-01-01T00:00:02Z"}"#, 2_000_000),
      (#"{"@timestamp":"1970-01-01T00:00:02Z","timestamp":"never"}"#, 2_000_000),
      (#"{"timestamp":1700000000}"#, 1_700_000_000_000_000),
      (#"{"timestamp":1700000000123}"#, 1_700_000_000_123_000),
      (#"{"@timestamp":null,"timestamp":1700000000}"#, 1_700_000_000_000_000),
      (#"{}"#, nil), (#"{"a":{"@timestamp":"1970-01-01T00:00:01Z"}}"#, nil),
    ] as [(String, Int64?)])
  func takesTheTimeFromTheFirstField(document: String, time: Int64?) throws {
    #expect(try Self.read(document).time == time)
  }

  @Test(arguments: [
    (#"{"host":{"name":"a"},"agent":{"name":"b"}}"#, "a"),
    (#"{"agent":{"name":"b"},"host":{"name":"a"}}"#, "a"),
    (#"{"agent.name":"b","host.name":"a"}"#, "a"),
    (#"{"host":"c"}"#, "c"), (#"{"hostname":"d","host":{"ip":[]}}"#, "d"), (#"{"agent":{"name":"b"}}"#, "b"),
    (#"{"host":""}"#, "filebeat"), (#"{"host":7}"#, "filebeat"), (#"{}"#, "filebeat"),
    (#"{"host":"caf\u00e9"}"#, "café"),
  ])
  func takesTheSourceFromTheFirstField(document: String, source: String) throws {
    #expect(try Self.read(document, DocumentRule(fallbackSource: "filebeat")).source == source)
  }

  @Test func keepsTheDocumentAsItIsWritten() throws {
    let event = try Self.read(
      #" {"a" : 1,"a":2} "#, action: BulkAction(kind: .index, index: Array("i".utf8), id: Array("x".utf8)))
    #expect(
      event == .init(topic: "i", source: "elasticsearch", id: "x", time: nil, payload: #" {"a" : 1,"a":2} "#))
  }

  @Test func takesFieldsThatTheSenderNames() throws {
    let rule = DocumentRule(timeField: "at", sourceField: "who.me", topic: "t")
    let event = try Self.read(
      #"{"at":1,"who":{"me":"x"},"host":"y","@timestamp":"2026-01-01T00:00:00Z"}"#, rule)
    #expect(event.topic == "t")
    #expect(event.source == "x")
    #expect(event.time == 1_000_000)
  }

  @Test(arguments: [
    ("[]", "a document must be an object"), ("7", "a document must be an object"),
    ("", "a document must be an object"), ("{", "a string is missing at the end"),
    (#"{"a":1} {"b":2}"#, "something follows the document"), (#"{"a":1"#, "\"}\" is missing"),
    (#"{"@timestamp":"never"}"#, "the time is not a time"), (#"{"@timestamp":[]}"#, "the time is not a time"),
    (#"{"@timestamp":1e400}"#, "the time is not a time"),
  ])
  func refusesDocumentsThatAreNoEvents(document: String, message: String) throws {
    let error = try #require(throws: InsertFormatError.self) { try Self.read(document) }
    #expect(error.message.contains(message), "\(error.message)")
  }

  @Test func refusesAMissingIndexAndAnEmptyID() throws {
    let noIndex = try #require(throws: InsertFormatError.self) {
      try Self.read("{}", action: BulkAction(kind: .index))
    }
    #expect(noIndex.message == "index is missing")
    let noID = try #require(throws: InsertFormatError.self) {
      try Self.read("{}", action: BulkAction(kind: .index, index: [0x61], id: []))
    }
    #expect(noID.message == "if _id is specified it must not be empty")
  }
}
