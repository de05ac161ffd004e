import Testing

@testable import ClientLib
@testable import Publisher

@Suite struct EventLineReaderTests {
  private func read(_ line: String) throws(LineProblem) -> Event {
    var reader = EventLineReader()
    let bytes = Array(line.utf8)
    let event = try reader.read(bytes.span.bytes)
    let text = event.isCopied ? reader.copy : bytes
    return Event(
      topic: String(decoding: text[event.topic], as: UTF8.self),
      id: event.id.map { String(decoding: text[$0], as: UTF8.self) } ?? "",
      timestamp: event.timestamp, source: String(decoding: text[event.source], as: UTF8.self),
      payload: event.payload.map { Array(text[$0]) })
  }

  private static func line(
    topic: String = #""t""#, id: String = #""1""#, timestamp: String = #""1970-01-01T00:00:01Z""#,
    source: String = #""s""#, more: String = ""
  ) -> String {
    #"{"topic":\#(topic),"event_id":\#(id),"timestamp":\#(timestamp),"source":\#(source)\#(more)}"#
  }

  @Test func readsAnEventWithItsPayloadAsItIs() throws {
    let payload = #"{ "a" : [1, 2.50e+3, "\u00e4\n"],"b":null }"#
    let event = try read(Self.line(topic: #""a.b.c""#, more: #","payload":\#(payload)"#))
    #expect(
      event
        == Event(
          topic: "a.b.c", id: "1", timestamp: Timestamp(microseconds: 1_000_000), source: "s",
          payload: payload))
  }

  @Test(arguments: [
    #"{"source":"s","payload":{},"timestamp":"1970-01-01T00:00:01Z","event_id":"1","topic":"t"}"#,
    " \t"
      + #"{ "topic" : "t" , "event_id":"1","timestamp":"1970-01-01T00:00:01Z","source":"s", "payload" : {} } "#
      + "\r",
  ])
  func acceptsFieldsInAnyOrderWithSpaces(_ line: String) throws {
    #expect(
      try read(line)
        == Event(
          topic: "t", id: "1", timestamp: Timestamp(microseconds: 1_000_000), source: "s", payload: "{}"))
  }

  @Test(arguments: ["", #","payload":null"#]) func takesAnEventWithoutPayload(_ more: String) throws {
    #expect(try read(Self.line(more: more)).payload == nil)
  }

  @Test(arguments: [
    (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""a\u00e4b""#, "aäb"), (#""\ud83d\ude00!""#, "😀!"),
    (#""\uFFFD""#, "\u{FFFD}"), (#""ü€😀""#, "ü€😀"),
  ])
  func resolvesEscapesInNames(_ written: String, _ meant: String) throws {
    let event = try read(
      Self.line(topic: written, id: #""plain""#, source: written, more: #","payload":{"k":1}"#))
    #expect(event.topic == meant)
    #expect(event.source == meant)
    #expect(event.id == "plain")
    #expect(event.payload == Array(#"{"k":1}"#.utf8))
  }

  @Test func takesNamesOf255CharactersAndNoMore() throws {
    for (count, isTaken) in [(255, true), (256, false)] {
      let name = "\"" + String(repeating: "ä", count: count) + "\""
      #expect(((try? read(Self.line(topic: name))) != nil) == isTaken)
      let escaped = "\"" + String(repeating: #"\u00e4"#, count: count) + "\""
      #expect(((try? read(Self.line(id: escaped))) != nil) == isTaken)
    }
  }

  @Test func takesNestingOf128LevelsAndNoMore() {
    for (levels, isTaken) in [(128, true), (129, false)] {
      let nested =
        #"{"a":"# + String(repeating: "[", count: levels - 1)
        + String(repeating: "]", count: levels - 1) + "}"
      #expect(((try? read(Self.line(more: #","payload":\#(nested)"#))) != nil) == isTaken)
    }
  }

  @Test(arguments: [
    ("", "expected an object at byte 1"),
    ("[]", "expected an object at byte 1"),
    ("{}", #""topic" is missing"#),
    (#"{"topic":"t"}"#, #""event_id" is missing"#),
    (line(more: #","extra":1"#), #"unknown field "extra""#),
    (line(more: #","topic":"u""#), #""topic" appears twice"#),
    (line(more: #","payload":{},"payload":{}"#), #""payload" appears twice"#),
    (line(topic: #""""#), #""topic" has 0 characters; it takes 1 to 255"#),
    (line(topic: "1"), #""topic": expected a string at byte 10"#),
    (line(topic: "null"), #""topic": expected a string at byte 10"#),
    (line(topic: #""a\u0000""#), #""topic": the escape \u0000 before byte 18 cannot be stored"#),
    (line(topic: #""\ud800x""#), #""topic": half of a surrogate pair before byte 17"#),
    (line(topic: #""\udc00\ud800""#), #""topic": half of a surrogate pair before byte 17"#),
    (line(topic: #""\x""#), #""topic": an unknown escape at byte 11"#),
    (line(topic: #""\u12g4""#), #""topic": expected four hexadecimal digits at byte 15"#),
    (line(topic: "\"a\tb\""), #""topic": a control character in a string at byte 12; escape it"#),
    (line(more: #","payload":[]"#), #""payload" is neither an object nor null"#),
    (line(more: #","payload":"{}""#), #""payload" is neither an object nor null"#),
    (line(timestamp: #""yesterday""#), #""timestamp" is no ISO 8601 time of the years 1 to 9999"#),
    (line() + "x", "expected the end of the line at byte 77"),
    (#"{"topic":"t""#, "expected a comma or } at byte 13"),
    (#"{"topic":"t"#, #""topic": a string that begins at byte 10 has no end"#),
    (#"{"topic" "t"}"#, "expected a colon at byte 10"),
    (#"{"topic":"t",}"#, "expected a string at byte 14"),
  ])
  func namesTheProblemOfABadLine(_ line: String, _ problem: String) {
    #expect(throws: LineProblem(problem)) { try read(line) }
  }

  @Test(arguments: [
    "{", "}", "[1]", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{,}"#, #"{a:1}"#, #"{"a":01}"#, #"{"a":1.}"#,
    #"{"a":.5}"#,
    #"{"a":-}"#, #"{"a":1e}"#, #"{"a":+1}"#, #"{"a":NaN}"#, #"{"a":tru}"#, #"{"a":[1,]}"#, #"{"a":[1 2]}"#,
    #"{"a":"\ud800"}"#, #"{"a":"\u0000"}"#, "{\"a\":\"\u{1}\"}", #"{"a":'b'}"#, #"{"a":1}}"#, #"{"a":/**/1}"#,
  ])
  func refusesPayloadsThatAreNoJSON(_ payload: String) {
    #expect(throws: LineProblem.self) { try read(Self.line(more: #","payload":\#(payload)"#)) }
  }

  @Test(arguments: [
    #"{}"#, #"{"a":0}"#, #"{"a":-0.1E-9}"#, #"{"a":[]}"#, #"{"a":{"b":[{},[],"x",true,false,null]}}"#,
    #"{"":""}"#, #"{"a":1,"a":2}"#, "{\n}",
  ])
  func takesPayloadsThatAreJSON(_ payload: String) throws {
    #expect(try read(Self.line(more: #","payload":\#(payload)"#)).payload == Array(payload.utf8))
  }

  @Test func refusesBytesThatAreNotUTF8() {
    var bytes = Array(Self.line().utf8)
    bytes[10] = 0xFF
    var reader = EventLineReader()
    #expect(throws: LineProblem("the line is not UTF-8")) { try reader.read(bytes.span.bytes) }
  }

  @Test func rejectsEveryIncompleteLine() {
    let line = Self.line(topic: #""a\u00e4""#, more: #","payload":{"k":[1,2]}"#)
    for count in 0..<line.utf8.count {
      #expect(throws: LineProblem.self) { try read(String(decoding: line.utf8.prefix(count), as: UTF8.self)) }
    }
  }

  @Test(arguments: 0..<20) func survivesAnyBytes(seed: UInt64) {
    let line = Array(Self.line(more: #","payload":{"k":[1,"\u00e4"]}"#).utf8)
    var reader = EventLineReader()
    for round in 0..<200 {
      var bytes = line
      for change in 0...2 {
        let random = Mix64.hash(UInt64(round * 3 + change), seed: seed)
        bytes[Int(random % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random >> 32)
      }
      guard let event = try? reader.read(bytes.span.bytes) else { continue }
      let text = event.isCopied ? reader.copy : bytes
      #expect(text.indices.contains(event.topic.lowerBound) && event.topic.upperBound <= text.count)
    }
  }
}
