import HTTPTypes
import Testing
import WireProtocol

@testable import HTTPAdmin

@Suite("PublishReader")
struct PublishReaderTests {
  private let one = PublishedEvent(id: "1", payload: "{ \"a\" : 1.50 }")
  private let two = PublishedEvent(topic: "ü", id: "2", timestamp: -1)

  private func read(
    _ body: String, as form: PublishReader.Form = .json, batch: BatchLimits = .standard,
    event: EventLimits = .standard, skipsBadLines: Bool = false
  ) throws(Problem) -> PublishReader.Reading {
    let bytes = Array(body.utf8)
    return try PublishReader.read(
      bytes.span.bytes, as: form, batch: batch, event: event, skipsBadLines: skipsBadLines)
  }

  @Test func readsOneEventAndSaysWhichItWas() throws {
    let reading = try read(one.json)
    #expect(reading.count == 1)
    #expect(reading.single?.topic == "t")
    #expect(reading.single?.eventID == "1")
    #expect(try PublishedEvent.all(in: try #require(reading.columns)) == [one])
  }

  @Test func readsEveryFormOfSeveralEvents() throws {
    let forms: [(String, PublishReader.Form)] = [
      ("[\(one.json), \(two.json)]", .json),
      (" {\"events\" : [\(one.json),\n\(two.json)] }\n", .json),
      ("[\(one.json),\(two.json)]", .jsonBatch),
      ("{\"events\":[\(one.json),\(two.json)]}", .jsonBatch),
      ("\(one.json)\n\(two.json)", .lines),
      ("\r\n\(one.json)\r\n\n \t\n\(two.json)\n", .lines),
    ]
    for (body, form) in forms {
      let reading = try read(body, as: form)
      #expect(reading.single == nil)
      #expect(reading.faults.faults.isEmpty, "\(body)")
      #expect(try PublishedEvent.all(in: try #require(reading.columns)) == [one, two], "\(body)")
    }
  }

  @Test(arguments: ["[]", "{\"events\":[]}", " [ ] "])
  func readsNoEvents(_ body: String) throws {
    let reading = try read(body)
    #expect(reading.count == 0 && reading.columns == nil && reading.faults.faults.isEmpty)
  }

  @Test func takesStringsWithEscapesAndMembersInAnyOrder() throws {
    let reading = try read(
      #"{"payload":{"x":"\u00e4\/"},"source":"a\u0041\n","event_id":"\ud83d\ude00","#
        + #""timestamp":"1970-01-01T00:00","\u0074opic":"\"q\""}"#)
    #expect(
      try PublishedEvent.all(in: try #require(reading.columns)) == [
        PublishedEvent(
          topic: "\"q\"", id: "😀", source: "aA\n", timestamp: 0, payload: #"{"x":"\u00e4\/"}"#)
      ])
  }

  static let head = #""topic":"t","event_id":"1","source":"s""#
  static let time = #""timestamp":"2026-01-02T03:04:05Z""#

  @Test(
    arguments: [
      ("{}", ["/topic", "/event_id", "/timestamp", "/source"]),
      ("{\(head)}", ["/timestamp"]),
      ("{\(head),\(time),\"extra\":[1]}", ["/extra"]),
      ("{\(head),\(time),\"a/b~c\":0}", ["/a~1b~0c"]),
      ("{\(head),\(time),\"topic\":\"u\"}", ["/topic"]),
      ("{\(head),\"timestamp\":1767323045}", ["/timestamp"]),
      ("{\(head),\"timestamp\":\"yesterday\"}", ["/timestamp"]),
      ("{\(head),\"timestamp\":\"0001-01-01T00:00:00+01:00\"}", ["/timestamp"]),
      ("{\(head),\"timestamp\":\"9999-12-31T23:59:59-01:00\"}", ["/timestamp"]),
      ("{\(head),\"timestamp\":\"0000-12-31T23:59:59Z\"}", ["/timestamp"]),
      (
        #"{"topic":"","event_id":5,"source":null,"timestamp":{}}"#,
        ["/topic", "/event_id", "/source", "/timestamp"]
      ),
      (#"{"topic":"a\u0000","event_id":"\ud800","source":"s",\#(time)}"#, ["/topic", "/event_id"]),
      ("{\(head),\(time),\"payload\":[]}", ["/payload"]),
      ("{\(head),\(time),\"payload\":\"{}\"}", ["/payload"]),
      ("{\(head),\(time),\"payload\":{\"a\":1e400}}", ["/payload"]),
      ("{\(head),\(time),\"payload\":{\"a\":\"\\u0000\"}}", ["/payload"]),
      ("{\(head),\(time),\"payload\":{\"a\":\"\\udead\"}}", ["/payload"]),
      ("1", [""]), ("\"text\"", [""]), ("null", [""]),
      ("{\"events\":{}}", ["/events"]),
      ("{\"events\":[],\"more\":1}", ["/more"]),
      ("{\"more\":1,\"events\":[]}", ["/more", "/events", "/topic", "/event_id", "/timestamp", "/source"]),
      ("[5, {}]", ["/0", "/1/topic", "/1/event_id", "/1/timestamp", "/1/source"]),
      ("{\"events\":[{\(head),\(time)},{\(head)}]}", ["/events/1/timestamp"]),
    ] as [(String, [String])])
  func findsEveryBadPlace(_ body: String, _ pointers: [String]) throws {
    #expect(try read(body).faults.faults.map(\.place) == pointers.map { .pointer($0) })
  }

  @Test(
    arguments: [
      "", "  ", "{", "[", "[{}", "[{},]", "{\"topic\"}", "{\"topic\":}", "{\"topic\":\"a\",}", "{topic:1}",
      "[1 2]", "{} {}", "[] x", "{\"payload\":{]}}", "{\"payload\":{\"a\":01}}", "{\"payload\":{'a':1}}",
      "{\"x\":tru}", "{\"x\":1.}", "nul", "{\"events\":[}", "{\"events\":[] \"x\":1}", "{\"events\":[]",
      "{\"topic\":\"\u{1}\"}", "[{\"payload\":{\"a\":\"\\x\"}}]",
    ])
  func refusesWhatIsNoJSON(_ body: String) throws {
    let problem = #expect(throws: Problem.self) { try read(body) }
    #expect(problem?.status == .badRequest)
    #expect(problem?.kind == .malformedJSON)
  }

  @Test(arguments: [#"{"topic":"X"}"#, #"{"X":1}"#, #"{"payload":{"a":"X"}}"#, #"{"x":["X"]}"#])
  func refusesBytesThatAreNotUTF8(_ template: String) throws {
    let bytes = Array(template.utf8).map { $0 == UInt8(ascii: "X") ? 0xFF : $0 }
    let problem = #expect(throws: Problem.self) {
      try PublishReader.read(bytes.span.bytes, as: .json, batch: .standard, event: .standard)
    }
    #expect(problem?.status == .badRequest)
  }

  @Test func refusesALineThatIsNotOneEvent() throws {
    for bad in ["{", one.json + one.json, "[\(one.json)] ]"] {
      let body = "\(one.json)\n\(bad)\n\(two.json)"
      #expect(throws: Problem.self) { try read(body, as: .lines) }
      let reading = try read(body, as: .lines, skipsBadLines: true)
      #expect(reading.faults.faults.map(\.place) == [.pointer("/1")])
      #expect(try PublishedEvent.all(in: try #require(reading.columns)) == [one, two])
    }
  }

  @Test func takesNoSingleEventForABatch() throws {
    let reading = try read(one.json, as: .jsonBatch)
    #expect(reading.isMisshapen)
    #expect(reading.faults.faults.map(\.place) == [.pointer("")])
  }

  @Test func tellsTheFirstTwentyBadPlacesAndCountsTheBadEvents() throws {
    let reading = try read("[" + Array(repeating: "{}", count: 30).joined(separator: ",") + ",\(one.json)]")
    #expect(reading.faults.faults.count == 20)
    #expect(reading.faults.badEvents == 30)
    #expect(reading.count == 1)
  }

  @Test(arguments: [(2, true), (3, false)])
  func boundsTheEvents(_ count: Int, _ isAllowed: Bool) throws {
    var limits = BatchLimits.standard
    limits.events = 2
    let events = (0..<count).map { PublishedEvent(id: "\($0)").json }
    for (body, form) in [
      ("[" + events.joined(separator: ",") + "]", PublishReader.Form.json),
      (events.joined(separator: "\n"), .lines),
    ] {
      if isAllowed {
        #expect(try read(body, as: form, batch: limits).count == count)
      } else {
        let problem = #expect(throws: Problem.self) { try read(body, as: form, batch: limits) }
        #expect(problem?.status == .contentTooLarge)
      }
    }
  }

  @Test func boundsTheBytesOfABatchAndOfAPayload() throws {
    var batch = BatchLimits.standard
    batch.rawBytes = 200
    let payload = "{\"a\":\"\(String(repeating: "x", count: 200))\"}"
    let body = PublishedEvent(payload: payload).json
    #expect(throws: Problem.self) { try read(body, batch: batch) }
    var event = EventLimits.standard
    event.payloadBytes = payload.utf8.count - 1
    #expect(try read(body, event: event).faults.faults.map(\.place) == [.pointer("/payload")])
    event.payloadBytes += 1
    #expect(try read(body, event: event).faults.faults.isEmpty)
  }

  @Test(arguments: [(3, true), (4, false)])
  func boundsTheDepthOfAPayload(_ depth: Int, _ isAllowed: Bool) throws {
    var event = EventLimits.standard
    event.jsonDepth = 3
    let payload = String(repeating: "{\"a\":", count: depth) + "1" + String(repeating: "}", count: depth)
    #expect(try read(PublishedEvent(payload: payload).json, event: event).faults.faults.isEmpty == isAllowed)
  }

  @Test func survivesDeepNesting() throws {
    let deep = String(repeating: "[", count: 100_000)
    #expect(throws: Problem.self) { try read(deep) }
    #expect(throws: Problem.self) { try read("{\"x\":\(deep)}") }
  }

  /// Every prefix, and every byte replaced: no input may trap, whatever it is.
  @Test func survivesEveryTruncationAndDamage() {
    let body = Array("{\"events\":[\(one.json),\(two.json)]}".utf8)
    for length in 0..<body.count {
      let bytes = Array(body[..<length])
      #expect(throws: Problem.self) {
        try PublishReader.read(bytes.span.bytes, as: .json, batch: .standard, event: .standard)
      }
    }
    for place in body.indices {
      for byte in [0, 0x22, 0x5C, 0x7B, 0x7D, 0x2C, 0xC3, 0xFF] as [UInt8] {
        var bytes = body
        bytes[place] = byte
        let reading = try? PublishReader.read(bytes.span.bytes, as: .json, batch: .standard, event: .standard)
        if let columns = reading?.columns {
          #expect(throws: Never.self) { try PublishedEvent.all(in: columns) }
        }
      }
    }
  }
}
