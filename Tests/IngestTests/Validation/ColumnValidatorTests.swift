import Ingest
import SpecVectors
import Testing
import WireProtocol

struct ColumnValidatorTests {
  private let validator = ColumnValidator(limits: .standard)

  private func dead(_ events: [SampleEvent]) throws -> [DeadEvent] {
    try validator.deadEvents(in: columns(of: events))
  }

  /// Returns the reason for which one changed event among valid ones is dead.
  private func reason(_ change: (inout SampleEvent) -> Void) throws -> DeadReason? {
    var event = SampleEvent()
    change(&event)
    let dead = try dead([SampleEvent(), event, SampleEvent()])
    #expect(dead.allSatisfy { $0.position == 1 })
    #expect(dead.count <= 1)
    return dead.first?.reason
  }

  private func letters(_ count: Int) -> [UInt8] { Array(repeating: UInt8(ascii: "x"), count: count) }

  @Test func validEventsAreNotDead() throws {
    let withoutPayload = SampleEvent(payload: nil)
    #expect(try dead([SampleEvent(), withoutPayload, SampleEvent()]) == [])
  }

  @Test func namesEndAtTheirLimit() throws {
    #expect(try reason { $0.topic = letters(255) } == nil)
    #expect(try reason { $0.topic = letters(256) } == .topicLength)
    #expect(try reason { $0.topic = [] } == .topicLength)
    #expect(try reason { $0.source = letters(255) } == nil)
    #expect(try reason { $0.source = letters(256) } == .sourceLength)
    #expect(try reason { $0.source = [] } == .sourceLength)
    #expect(try reason { $0.id = letters(255) } == nil)
    #expect(try reason { $0.id = letters(256) } == .eventIDLength)
    #expect(try reason { $0.id = [] } == .eventIDLength)
  }

  @Test("The length of an id does not depend on other ids", arguments: ["", "ü", "語"])
  func checksIDsAmongOthers(_ other: String) throws {
    let beside = SampleEvent(id: Array("other\(other)".utf8))
    let ids = [[], letters(255), letters(256), [0x61, 0x00], [0xFF], letters(256)]
    let dead = try dead(ids.flatMap { [SampleEvent(id: $0), beside] })
    let expected: [(Int, DeadReason)] = [
      (0, .eventIDLength), (4, .eventIDLength), (6, .eventIDText), (8, .eventIDText), (10, .eventIDLength),
    ]
    #expect(dead == expected.map { DeadEvent(position: $0.0, reason: $0.1) })
  }

  @Test func findsInvalidTextAtEveryPlaceOfTheIDs() throws {
    for length in 1..<20 {
      for place in 0..<length {
        for byte in [0x00, 0x80, 0xFF] as [UInt8] {
          var id = letters(length)
          id[place] = byte
          let dead = try dead([SampleEvent(id: id)])
          #expect(dead == [DeadEvent(position: 0, reason: .eventIDText)], "\(byte) at \(place) of \(length)")
        }
      }
    }
  }

  @Test("Each multi-byte character of an id counts once", arguments: [0, 1, 7, 8, 9])
  func idsOfManyBytes(_ ascii: Int) throws {
    let id = letters(ascii) + (0..<255 - ascii).flatMap { _ in Array("語".utf8) }
    #expect(try dead([SampleEvent(), SampleEvent(id: id)]) == [])
    #expect(try dead([SampleEvent(id: id + [0x61])]).map(\.reason) == [.eventIDLength])
  }

  @Test(arguments: [[0x61, 0x00], [0xFF], [0xED, 0xA0, 0x80]] as [[UInt8]])
  func namesAreText(_ name: [UInt8]) throws {
    #expect(try reason { $0.topic = name } == .topicText)
    #expect(try reason { $0.source = name } == .sourceText)
    #expect(try reason { $0.id = name } == .eventIDText)
  }

  @Test func timestampsMustBeInTheYears1To9999() throws {
    #expect(try reason { $0.timestamp = ColumnValidator.earliestTimestamp } == nil)
    #expect(try reason { $0.timestamp = ColumnValidator.earliestTimestamp - 1 } == .timestampRange)
    #expect(try reason { $0.timestamp = ColumnValidator.latestTimestamp } == nil)
    #expect(try reason { $0.timestamp = ColumnValidator.latestTimestamp + 1 } == .timestampRange)
    #expect(try reason { $0.timestamp = .max } == .timestampRange)
    #expect(try reason { $0.timestamp = .min } == .timestampRange)
  }

  @Test(
    "A base time and a delta whose sum overflows kill the event alone",
    arguments: [(Int64.max, Int32(1)), (Int64.min, Int32(-1))])
  func overflowingTimestamps(_ base: Int64, _ delta: Int32) throws {
    var raw = try rawColumns(of: [SampleEvent()])
    let layout = try EventColumns(raw, limits: .standard).layout
    try #require(layout.timeWidth == 4)
    raw.replaceSubrange(32..<40, with: withUnsafeBytes(of: base.littleEndian) { Array($0) })
    raw.replaceSubrange(
      layout.timeDeltas..<layout.timeDeltas + 4, with: withUnsafeBytes(of: delta.littleEndian) { Array($0) })
    let dead = validator.deadEvents(in: try EventColumns(raw, limits: .standard))
    #expect(dead == [DeadEvent(position: 0, reason: .timestampRange)])
  }

  @Test func payloadsEndAtTheirLimit() throws {
    var limits = EventLimits.standard
    limits.payloadBytes = 10
    let validator = ColumnValidator(limits: limits)
    let fits = SampleEvent(payload: Array("1234567890".utf8))
    let tooLong = SampleEvent(payload: Array("12345678901".utf8))
    let dead = validator.deadEvents(in: try columns(of: [fits, tooLong, fits]))
    #expect(dead == [DeadEvent(position: 1, reason: .payloadLength)])
  }

  @Test(
    "Payloads are JSON that the database can hold",
    arguments: [
      ("", DeadReason.payloadSyntax), ("{", .payloadSyntax), (#""\u0000""#, .payloadEscape),
      ("1e301", .payloadNumber),
      (#""\ud800""#, .payloadEscape), (String(repeating: "[", count: 129), .payloadDepth),
    ])
  func payloadsAreJSON(_ text: String, _ expected: DeadReason) throws {
    #expect(try reason { $0.payload = Array(text.utf8) } == expected)
  }

  @Test func payloadsAreUTF8() throws {
    #expect(try reason { $0.payload = [0x22, 0xFF, 0x22] } == .payloadText)
  }

  @Test func usesTheGivenLimits() throws {
    let limits = EventLimits(nameScalars: 30, payloadBytes: 100, jsonDepth: 2, jsonExponent: 5)
    let events = [
      SampleEvent(topic: letters(31)), SampleEvent(payload: Array("[[1]]".utf8)),
      SampleEvent(payload: Array("[[[]]]".utf8)), SampleEvent(payload: Array("1e6".utf8)),
    ]
    let dead = ColumnValidator(limits: limits).deadEvents(in: try columns(of: events))
    #expect(
      dead == [
        DeadEvent(position: 0, reason: .topicLength), DeadEvent(position: 2, reason: .payloadDepth),
        DeadEvent(position: 3, reason: .payloadNumber),
      ])
  }

  @Test func theFirstErrorOfAnEventIsItsReason() throws {
    var event = SampleEvent(
      topic: [0xFF], source: [], id: [0x00], timestamp: .max, payload: Array("{".utf8))
    var reasons: [DeadReason?] = []
    let mend: [(inout SampleEvent) -> Void] = [
      { _ in }, { $0.topic = SampleEvent().topic }, { $0.source = SampleEvent().source },
      { $0.id = SampleEvent().id }, { $0.timestamp = 0 }, { $0.payload = nil },
    ]
    for step in mend {
      step(&event)
      reasons.append(try dead([event]).first?.reason)
    }
    #expect(reasons == [.topicText, .sourceLength, .eventIDText, .timestampRange, .payloadSyntax, nil])
  }

  @Test func aBadTopicMakesOnlyItsOwnEventsDead() throws {
    let events = (0..<300).map { index in
      var event = SampleEvent()
      event.topic = index % 3 == 0 ? [0xFF] : Array("topic.\(index % 7)".utf8)
      event.source = index % 5 == 0 ? [] : Array("source.\(index % 4)".utf8)
      return event
    }
    let expected = (0..<300).compactMap { index -> DeadEvent? in
      if index % 3 == 0 { return DeadEvent(position: index, reason: .topicText) }
      return index % 5 == 0 ? DeadEvent(position: index, reason: .sourceLength) : nil
    }
    #expect(try dead(events) == expected)
  }

  /// Checks position and reason of each bad event in batches of random valid and bad ones.
  @Test(arguments: 0..<8 as Range<UInt64>)
  func findsExactlyTheBadEvents(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let payloads: [(String?, DeadReason?)] = [
      (nil, nil), ("0", nil), (#"{"a":"ü","b":[1,2.5,null]}"#, nil), ("[1e9]", nil), ("", .payloadSyntax),
      (#"{"a":}"#, .payloadSyntax), (#""\u0000""#, .payloadEscape), ("1e-999", .payloadNumber),
      ("\"open", .payloadSyntax),
    ]
    var events: [SampleEvent] = []
    var expected: [DeadEvent] = []
    for position in 0..<Int.random(in: 1...400, using: &random) {
      let (payload, fault) = payloads.randomElement(using: &random) ?? (nil, nil)
      var event = SampleEvent(payload: payload.map { Array($0.utf8) })
      var reason = fault
      if Int.random(in: 0..<20, using: &random) == 0 {
        event.id = [0xC0]
        reason = .eventIDText
      }
      events.append(event)
      if let reason { expected.append(DeadEvent(position: position, reason: reason)) }
    }
    #expect(try dead(events) == expected, "seed \(seed)")
  }

  /// The well-formed vectors of `spec/vectors/columns.json`.
  static let wellFormed = ColumnVector.all.filter { $0.dead != nil }

  @Test func hasVectors() {
    #expect(Self.wellFormed.count > 20)
  }

  @Test(arguments: wellFormed)
  func findsTheDeadEventsOfTheVectors(_ vector: ColumnVector) throws {
    let columns = try EventColumns(vector.raw.bytes, limits: .standard)
    let dead = ColumnValidator(limits: .standard).deadEvents(in: columns)
    #expect(
      dead.map { "\($0.position) \($0.reason.rawValue)" }
        == vector.dead?.map { "\($0.position) \($0.reason)" })
  }
}
