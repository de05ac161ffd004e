import Testing
import TextFormats

@testable import EventMapping

@Suite("MappedEventReader")
struct MappedEventReaderTests {
  private static let now = UTCTime(microseconds: 1_773_576_000_000_000)

  /// A row of the tables: the words of the mapping, the input, and the expected event.
  struct Row: CustomTestStringConvertible, Sendable {
    let words: String
    let input: String
    let topic: String
    let id: String
    let source: String
    let time: Int64?
    let payload: String?

    init(
      _ words: String, _ input: String, topic: String = "logs", id: String = "", source: String = "http",
      time: Int64? = nil, payload: String?
    ) {
      self.words = words
      self.input = input
      self.topic = topic
      self.id = id
      self.source = source
      self.time = time
      self.payload = payload
    }

    var testDescription: String { "\(words) \(input)" }
  }

  private static func reader(_ words: String) throws -> MappedEventReader {
    let pairs = words.split(separator: "&").map { word in
      let parts = word.split(separator: "=", maxSplits: 1)
      return (name: String(parts[0]), value: String(parts[1]))
    }
    return MappedEventReader(try EventMapping(words: pairs, source: "http"), now: now)
  }

  private static let fields: [Row] = [
    Row("topic=logs", #"{"a":1}"#, payload: #"{"a":1}"#),
    Row("topic=logs", #" {"a": [1, {"b": "}"}]} "#, payload: #"{"a": [1, {"b": "}"}]}"#),
    Row("topic=logs", "{}", payload: "{}"),
    Row("topic=logs&_topic_field=kind", #"{"kind":"k"}"#, topic: "k", payload: #"{"kind":"k"}"#),
    Row("topic=logs&_topic_field=kind", #"{"kind":null}"#, payload: #"{"kind":null}"#),
    Row("topic=logs&_topic_field=kind", #"{"other":1}"#, payload: #"{"other":1}"#),
    Row("topic=logs&_topic_field=kind", #"{"kind":404}"#, topic: "404", payload: #"{"kind":404}"#),
    Row("topic=logs&_id_field=id", #"{"id":"x"}"#, id: "x", payload: #"{"id":"x"}"#),
    Row("topic=logs&_id_field=id", #"{"id":-12.50e3}"#, id: "-12.50e3", payload: #"{"id":-12.50e3}"#),
    Row("topic=logs&_id_field=id", #"{"id":"a\"\u00e4\n"}"#, id: "a\"ä\n", payload: #"{"id":"a\"\u00e4\n"}"#),
    Row("topic=logs&_id_field=id", #"{"\u0069d":"x"}"#, id: "x", payload: #"{"\u0069d":"x"}"#),
    Row("topic=logs&_id_field=id", #"{"id2":"no","i":"no"}"#, payload: #"{"id2":"no","i":"no"}"#),
    Row("topic=logs&source=web", "{}", source: "web", payload: "{}"),
    Row("topic=logs&_source_field=h", #"{"h":"web1"}"#, source: "web1", payload: #"{"h":"web1"}"#),
    Row(
      "topic=logs&_time_field=t", #"{"t":"2026-01-02T03:04:05Z"}"#, time: 1_767_323_045_000_000,
      payload: #"{"t":"2026-01-02T03:04:05Z"}"#),
    Row(
      "topic=logs&_time_field=t", #"{"t":1767323045.5}"#, time: 1_767_323_045_500_000,
      payload: #"{"t":1767323045.5}"#),
    Row(
      "topic=logs&_time_field=t", #"{"t":"1767323045123"}"#, time: 1_767_323_045_123_000,
      payload: #"{"t":"1767323045123"}"#),
    Row("topic=logs&_time_field=t", #"{"t":null}"#, payload: #"{"t":null}"#),
  ]

  private static let paths: [Row] = [
    Row("topic=logs&_id_field=a.b", #"{"a":{"b":"x"}}"#, id: "x", payload: #"{"a":{"b":"x"}}"#),
    Row(
      "topic=logs&_id_field=a.b", #"{"a":{"b":"in"},"a.b":"flat"}"#, id: "flat",
      payload: #"{"a":{"b":"in"},"a.b":"flat"}"#),
    Row(
      "topic=logs&_id_field=a.b", #"{"a.b":"flat","a":{"b":"in"}}"#, id: "flat",
      payload: #"{"a.b":"flat","a":{"b":"in"}}"#),
    Row("topic=logs&_id_field=a.b.c", #"{"a":{"b":{"c":"x"}}}"#, id: "x", payload: #"{"a":{"b":{"c":"x"}}}"#),
    Row(
      "topic=logs&_id_field=a.b.c", #"{"a":{"b":{"c":"x"},"b.c":"y"}}"#, id: "y",
      payload: #"{"a":{"b":{"c":"x"},"b.c":"y"}}"#),
    Row("topic=logs&_id_field=a.b", #"{"a":["b"]}"#, payload: #"{"a":["b"]}"#),
    Row("topic=logs&_id_field=a.b", #"{"a":{}}"#, payload: #"{"a":{}}"#),
    Row("topic=logs&_id_field=a.b", #"{"a":{"\u0062":"x"}}"#, id: "x", payload: #"{"a":{"\u0062":"x"}}"#),
  ]

  private static let payloads: [Row] = [
    Row("topic=logs&_payload_field=d", #"{"d":{"x":1},"e":2}"#, payload: #"{"x":1}"#),
    Row("topic=logs&_payload_field=d", #"{"d":[1]}"#, payload: #"{"value":[1]}"#),
    Row("topic=logs&_payload_field=d", #"{"d":"text"}"#, payload: #"{"value":"text"}"#),
    Row("topic=logs&_payload_field=d", #"{"d":null}"#, payload: nil),
    Row("topic=logs&_payload_field=d", #"{"e":1}"#, payload: nil),
    Row("topic=logs", "12", payload: #"{"value":12}"#),
    Row("topic=logs", "null", payload: #"{"value":null}"#),
    Row("topic=logs", #"["a", {"b":1}]"#, payload: #"{"value":["a", {"b":1}]}"#),
    Row("topic=logs", #""line""#, payload: #"{"value":"line"}"#),
    Row("topic=logs&_id_field=id", "true", payload: #"{"value":true}"#),
    Row("topic=logs&_id_field=i&drop=1", #"{"i":1,"a":2}"#, id: "1", payload: #"{"a":2}"#),
    Row("topic=logs&_id_field=i&drop=1", #"{"a":2,"i":1}"#, id: "1", payload: #"{"a":2}"#),
    Row("topic=logs&_id_field=i&drop=1", #"{"a":2,"i":1,"b":3}"#, id: "1", payload: #"{"a":2,"b":3}"#),
    Row("topic=logs&_id_field=i&drop=1", #"{ "a":2 , "i":1 }"#, id: "1", payload: #"{ "a":2  }"#),
    Row("topic=logs&_id_field=i&drop=1", #"{"i":1}"#, id: "1", payload: "{}"),
    Row(
      "topic=logs&_id_field=i&_source_field=s&drop=1", #"{"i":1,"s":"x"}"#, id: "1", source: "x",
      payload: "{}"),
    Row(
      "topic=logs&_id_field=i&_source_field=s&drop=1", #"{"a":0,"i":1,"s":"x"}"#, id: "1", source: "x",
      payload: #"{"a":0}"#),
    Row(
      "topic=logs&_id_field=i&_source_field=i&drop=1", #"{"i":1,"a":0}"#, id: "1", source: "1",
      payload: #"{"a":0}"#),
    Row(
      "topic=logs&_id_field=m.i&drop=1", #"{"m":{"i":1,"k":2},"a":0}"#, id: "1",
      payload: #"{"m":{"k":2},"a":0}"#),
    Row(
      "topic=logs&_payload_field=d&_id_field=d.i&drop=1", #"{"d":{"k":2,"i":1},"a":0}"#, id: "1",
      payload: #"{"k":2}"#),
    Row(
      "topic=logs&_payload_field=d&_id_field=i&drop=1", #"{"d":{"k":2},"i":1}"#, id: "1", payload: #"{"k":2}"#
    ),
    Row("topic=logs&_id_field=i&drop=1", #"{"a":2}"#, payload: #"{"a":2}"#),
    Row("topic=logs&_id_field=i&drop=1", #"{"i":"},{","a":"i"}"#, id: "},{", payload: #"{"a":"i"}"#),
  ]

  @Test("makes the event that the mapping describes", arguments: fields + paths + payloads)
  func makesEvents(_ row: Row) throws {
    var reader = try Self.reader(row.words)
    // The first event must leave nothing behind.
    let first = Array(#"{"id":"old","i":"old","kind":"old","h":"old","t":1,"a":{"b":"old"},"d":"old"}"#.utf8)
    _ = try reader.read(0..<first.count, in: first.span.bytes)
    let input = Array(row.input.utf8)
    let fault = try reader.read(0..<input.count, in: input.span.bytes)
    #expect(fault == nil)
    #expect(String(decoding: reader.event.topic, as: UTF8.self) == row.topic)
    #expect(String(decoding: reader.event.eventID, as: UTF8.self) == row.id)
    #expect(String(decoding: reader.event.source, as: UTF8.self) == row.source)
    #expect(reader.event.timestamp == row.time)
    let payload = reader.event.payloadBytes(in: input.span.bytes).map { String(decoding: $0, as: UTF8.self) }
    #expect(payload == row.payload)
  }

  @Test(
    "says what is wrong with an event",
    arguments: [
      ("_topic_field=kind", #"{"a":1}"#, MappedField.topic, "missing"),
      ("_topic_field=kind", #"{"kind":null}"#, .topic, "missing"),
      ("_topic_field=kind", "[1]", .topic, "missing"),
      ("_topic_field=kind", #"{"kind":""}"#, .topic, "empty"),
      ("_topic_field=kind", #"{"kind":["x"]}"#, .topic, "text or a number"),
      ("topic=t&_id_field=id", #"{"id":true}"#, .eventID, "text or a number"),
      ("topic=t&_id_field=id", #"{"id":{}}"#, .eventID, "text or a number"),
      ("topic=t&_id_field=id", #"{"id":""}"#, .eventID, "empty"),
      ("topic=t&_id_field=id", #"{"id":"\ud800"}"#, .eventID, "surrogate"),
      ("topic=t&_id_field=id", #"{"id":1,"id":2}"#, .eventID, "twice"),
      ("topic=t&_id_field=a.b", #"{"a":{"b":1,"b":2}}"#, .eventID, "twice"),
      ("topic=t&_source_field=s", #"{"s":[]}"#, .source, "text or a number"),
      ("topic=t&_time_field=t", #"{"t":"yesterday"}"#, .time, "must be a time"),
      ("topic=t&_time_field=t", #"{"t":""}"#, .time, "must be a time"),
      ("topic=t&_time_field=t", #"{"t":true}"#, .time, "must be a time"),
      ("topic=t&_time_field=t", #"{"t":1e300}"#, .time, "must be a time"),
      ("topic=t&_payload_field=d", #"{"d":{},"d":{}}"#, .payload, "twice"),
    ])
  func findsFaults(_ words: String, _ text: String, _ field: MappedField, _ hint: String) throws {
    var reader = try Self.reader(words)
    let input = Array(text.utf8)
    let fault = try reader.read(0..<input.count, in: input.span.bytes)
    #expect(fault?.field == field)
    #expect(fault?.message.contains(hint) == true, "\(fault?.message ?? "no fault")")
  }

  @Test("reads only its range, whatever its bytes are")
  func staysInItsRange() throws {
    let form = Array(#"{"i":"x\u00e4","m":{"i":[1,2],"k":null},"t":1767323045.5,"d":{"a":"b"}} "#.utf8)
    let replacements = Array(#""\{}[],:0n"#.utf8) + [0, 0xFF]
    for words in [
      "topic=t&_id_field=m.i&_time_field=t&drop=1", "_topic_field=i&_payload_field=d.a&_id_field=m.k.x",
    ] {
      var reader = try Self.reader(words)
      for end in 0...form.count {
        // What follows the range must not be read, or the outcome would change.
        let outcomes = [UInt8(ascii: "\""), UInt8(ascii: "}")].map { filler in
          let bytes = Array(form[..<end]) + [UInt8](repeating: filler, count: 20)
          return Result { try reader.read(0..<end, in: bytes.span.bytes) }.map { _ in reader.event.written }
        }
        #expect(try outcomes[0].isEqual(to: outcomes[1]), "cut at \(end)")
      }
      for index in form.indices {
        for byte in replacements {
          var damaged = form
          damaged[index] = byte
          _ = try? reader.read(0..<damaged.count, in: damaged.span.bytes)
        }
      }
    }
  }
}

extension Result<[UInt8], any Error> {
  /// Whether both are the same value, or both are errors.
  fileprivate func isEqual(to other: Self) throws -> Bool {
    switch (self, other) {
    case (.success(let one), .success(let two)): one == two
    case (.failure, .failure): true
    default: false
    }
  }
}
