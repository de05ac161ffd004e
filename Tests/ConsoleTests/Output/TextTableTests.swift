import Testing

@testable import Console

@Suite struct TextTableTests {
  @Test func numbersStandAtTheEndOfTheirColumnAndTextAtTheBegin() {
    var table = TextTable([.init("EVENTS", isNumber: true), .init("TOPIC"), .init("SOURCE")])
    table.add(["7", "orders", "a"])
    table.add(["1,234,567", "日本", "b"])
    #expect(
      table.text(Painter(hasColors: false)) == """
           EVENTS  TOPIC   SOURCE
                7  orders  a
        1,234,567  日本    b
        """)
  }
}

@Suite struct SearchProgressTests {
  @Test func aLineThatStaysComesEveryFiveSeconds() {
    var progress = SearchProgress(isReplaced: false)
    #expect(progress.line(found: 0, searchedUntil: nil, elapsed: .seconds(1)) == nil)
    #expect(
      progress.line(found: 1_200, searchedUntil: "2026-01-02T03:04:05Z", elapsed: .seconds(5))
        == "searched to 2026-01-02T03:04:05Z, found 1,200; Ctrl-C ends the search")
    #expect(progress.line(found: 1_300, searchedUntil: nil, elapsed: .seconds(9)) == nil)
    #expect(progress.line(found: 1_300, searchedUntil: nil, elapsed: .seconds(10)) != nil)
  }

  @Test func aLineThatIsReplacedComesWithEachPage() {
    var progress = SearchProgress(isReplaced: true)
    #expect(
      progress.line(found: 0, searchedUntil: nil, elapsed: .zero)?.hasPrefix("searching, found 0") == true)
  }
}

@Suite struct EventFormatTests {
  private let event = try? JSONValue(
    Array(
      #"{"topic":"a\u202eb","event_id":"1 2","timestamp":"T","source":"s,\"","payload":{"n":1.50,"m":"x"},"processed_at":"P"}"#
        .utf8))

  private func text(_ format: EventFormat, of count: Int) throws -> String {
    var writer = EventWriter(format, Painter(hasColors: false))
    let event = try #require(event)
    let events = (0..<count).map { _ in writer.text(event) }.joined()
    return writer.header + events + writer.footer
  }

  @Test func aLineForPeopleIsSafe() throws {
    #expect(try text(.text, of: 1) == "T  a\\u{202e}b  \"1 2\"  s,\"  {\"n\":1.50,\"m\":\"x\"}\n")
  }

  @Test func everyJSONIsTheEventsInOrder() throws {
    let event = try #require(event)
    for count in 0...2 {
      let array = try JSONValue(Array(try text(.json, of: count).utf8))
      #expect(array == .array([JSONValue](repeating: event, count: count)))
    }
    let lines = try text(.ndjson, of: 2).split(separator: "\n")
    #expect(try lines.map { try JSONValue(Array($0.utf8)) } == [event, event])
  }

  @Test func fieldsOfCSVAreQuotedAndWithoutControlCharacters() throws {
    #expect(
      try text(.csv, of: 1)
        == "topic,event_id,timestamp,source,payload,processed_at\r\n"
        + "a\\u{202e}b,1 2,T,\"s,\"\"\",\"{\"\"n\"\":1.50,\"\"m\"\":\"\"x\"\"}\",P\r\n")
  }
}
