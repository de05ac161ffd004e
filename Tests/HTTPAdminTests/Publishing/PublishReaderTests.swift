import HTTPTypes
import Ingest
import Testing
import WireProtocol

@testable import HTTPAdmin

@Suite("PublishReader")
struct PublishReaderTests {
  private let one = PublishedEvent(id: "1", payload: "{ \"a\" : 1.50 }")
  private let two = PublishedEvent(topic: "ü", id: "2", timestamp: -1)

  private func read(
    _ body: String, as form: PublishReader.Form = .json, batch: BatchLimits = .standard,
    event: EventLimits = .standard, isPartial: Bool = false
  ) throws(Problem) -> PublishReader.Reading {
    let bytes = Array(body.utf8)
    return try PublishReader.read(
      bytes.span.bytes, as: form, batch: batch, event: event, isPartial: isPartial)
  }

  @Test func readsOneEventAndReturnsItsKey() throws {
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
  func findsEveryError(_ body: String, _ pointers: [String]) throws {
    #expect(try read(body).faults.faults.map(\.place) == pointers.map { .pointer($0) })
  }

  @Test(
    arguments: [
      "", "  ", "{", "[", "[{}", "[{},]", "{\"topic\"}", "{\"topic\":}", "{\"topic\":\"a\",}", "{topic:1}",
      "[1 2]", "{} {}", "[] x", "{\"payload\":{]}}", "{\"payload\":{\"a\":01}}", "{\"payload\":{'a':1}}",
      "{\"x\":tru}", "{\"x\":1.}", "nul", "{\"events\":[}", "{\"events\":[] \"x\":1}", "{\"events\":[]",
      "{\"topic\":\"\u{1}\"}", "[{\"payload\":{\"a\":\"\\x\"}}]",
    ])
  func refusesTextThatIsNotJSON(_ body: String) throws {
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
      let reading = try read(body, as: .lines, isPartial: true)
      #expect(reading.faults.faults.map(\.place) == [.pointer("/1")])
      #expect(reading.faults.faults.map(\.line) == [2])
      #expect(reading.dead == [DeadEvent(position: 1, reason: .eventForm)])
      var events = try PublishedEvent.all(in: try #require(reading.columns))
      #expect(events.remove(at: 1).payload == bad)
      #expect(events == [one, two])
    }
  }

  @Test func refusesASingleEventAsABatch() throws {
    let reading = try read(one.json, as: .jsonBatch)
    #expect(reading.isMisshapen)
    #expect(reading.faults.faults.map(\.place) == [.pointer("")])
  }

  /// Fault 68: events after the twentieth error are not read.
  @Test func stopsReadingAfterTwentyErrors() throws {
    for events in ["{}", "1"] {
      let reading = try read("[" + Array(repeating: events, count: 30).joined(separator: ",") + ",nonsense]")
      #expect(reading.faults.faults.count == 20)
      #expect(reading.faults.badEvents == (events == "1" ? 20 : 5))
    }
    let members = (0..<100).map { "\"m\($0)\":0" }.joined(separator: ",")
    #expect(try read("{\(members)}").faults.faults.count == 20)
    #expect(try read("{\"events\":[],\(members)}").faults.faults.count == 20)
  }

  @Test func countsAllBadEventsOfAPartialRequestAndListsTwentyErrors() throws {
    let body = "[" + Array(repeating: "{}", count: 30).joined(separator: ",") + ",\(one.json)]"
    let reading = try read(body, isPartial: true)
    #expect(reading.faults.faults.count == 20)
    #expect(reading.faults.badEvents == 30)
    #expect(reading.dead.map(\.position) == Array(0..<30))
    #expect(reading.count == 31)
    var limits = BatchLimits.standard
    limits.events = 10
    #expect(throws: Problem.self) { try read(body, batch: limits, isPartial: true) }
  }

  /// The dead event has, as over TCP, its reason and the bytes of the field that the reason names; text that
  /// is not an event is stored as a whole.
  @Test(
    arguments: [
      ("\"topic\":\"\"", .topicLength, PublishedEvent(topic: "")),
      ("\"topic\":\"a\\u0000\"", .topicText, PublishedEvent(topic: "a\u{0}")),
      ("\"payload\":{\"a\":1e400}", .payloadNumber, PublishedEvent(payload: "{\"a\":1e400}")),
      ("\"payload\":{\"a\":\"\\u0000\"}", .payloadEscape, PublishedEvent(payload: "{\"a\":\"\\u0000\"}")),
      (
        "\"payload\":{\"a\":1e400},\"topic\":\"\"", .topicLength,
        PublishedEvent(topic: "", payload: "{\"a\":1e400}")
      ),
      ("\"payload\":7", .eventForm, nil), ("\"topic\":7", .eventForm, nil),
      ("\"topic\":\"\",\"more\":1", .eventForm, nil), ("\"timestamp\":\"never\"", .eventForm, nil),
    ] as [(String, DeadReason, PublishedEvent?)])
  func aBadEventOfAPartialRequestBecomesADeadEventWithItsBytes(
    _ members: String, _ reason: DeadReason, _ event: PublishedEvent?
  ) throws {
    let defaults = [
      "\"topic\":\"t\"", "\"event_id\":\"1\"", "\"source\":\"s\"", "\"timestamp\":\"2026-01-02T03:04:05Z\"",
    ].filter { !members.contains($0.prefix { $0 != ":" }) }
    let json = "{" + (defaults + [members]).joined(separator: ",") + "}"
    let reading = try read("[\(one.json), \(json) ]", isPartial: true)
    #expect(reading.dead == [DeadEvent(position: 1, reason: reason)])
    let stored = try PublishedEvent.all(in: try #require(reading.columns))[1]
    if let event { #expect(stored == event) } else { #expect(stored.payload == json) }
  }

  @Test(
    arguments: [
      ("{\"topic\":\"t\",\"source\":tru}", "/1/source", "byte 22"),
      ("{\"payload\":{\"a\":01}}", "/1/payload", "byte 11"),
      ("{\"topic\":\"t\",\"a/b\":x}", "/1/a~1b", "byte"), ("{\"topic\"", "/1", "byte"),
      ("{} {}", "/1", "byte 3"),
    ])
  func namesTheLineAndMemberThatIsNotJSON(_ line: String, _ pointer: String, _ place: String) throws {
    let problem = #expect(throws: Problem.self) {
      try read("\(one.json)\n\n\(line)\n\(two.json)", as: .lines)
    }
    #expect(problem?.kind == .malformedJSON)
    #expect(problem?.errors.map(\.place) == [.pointer(pointer)])
    #expect(problem?.errors.map(\.line) == [3])
    #expect(problem?.detail.hasPrefix("Line 3 is not JSON at its ") == true)
    #expect(problem?.detail.contains(place) == true)
  }

  @Test func namesTheLineOfABadEvent() throws {
    let reading = try read("\n\(one.json)\n\n{\"topic\":7}", as: .lines)
    #expect(Set(reading.faults.faults.map(\.line)) == [4])
  }

  @Test(arguments: [PublishReader.Form.json, .lines])
  func skipsAByteOrderMark(_ form: PublishReader.Form) throws {
    let reading = try read("\u{FEFF}" + one.json, as: form)
    #expect(try PublishedEvent.all(in: try #require(reading.columns)) == [one])
  }

  @Test(
    arguments: [
      ([0x1F, 0x8B, 8, 0], "gzip"), ([0x28, 0xB5, 0x2F, 0xFD, 0], "zstd"), ([0x04, 0x22, 0x4D, 0x18], "lz4"),
      ([0x50, 0x4B, 3, 4], "zip"), ([0xFF, 0xFE, 0x7B, 0], "UTF-8"),
    ] as [([UInt8], String)])
  func namesTheCompressionOrEncodingOfABody(_ bytes: [UInt8], _ name: String) throws {
    for form in [PublishReader.Form.json, .lines] {
      let problem = #expect(throws: Problem.self) {
        try PublishReader.read(
          bytes.span.bytes, as: form, batch: .standard, event: .standard, isPartial: true)
      }
      #expect(problem?.status == .unsupportedMediaType)
      #expect(problem?.detail.contains(name) == true)
    }
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
}
