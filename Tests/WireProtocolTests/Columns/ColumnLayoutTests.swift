import Testing
import WireProtocol

@Suite struct ColumnLayoutTests {
  /// Two events as the specification lays them out, written by hand.
  private static let golden: [UInt8] =
    [2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0]  // events, topics, sources
    + [3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0]  // bytes of topics, sources, ids, payloads
    + [4, 0, 0, 0] + [0xE8, 3, 0, 0, 0, 0, 0, 0]  // time width, base time 1000
    + [1, 0, 2, 0] + Array("abc".utf8) + [2, 0] + Array("ss".utf8)  // topics "a" and "bc", source "ss"
    + [1, 0, 0, 0] + [0, 0, 0, 0]  // topic indices, source indices
    + [7, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]  // time deltas 7 and -1
    + [1, 0, 2, 0] + Array("xyz".utf8)  // ids "x" and "yz"
    + [0xFF, 0xFF, 0xFF, 0xFF, 2, 0, 0, 0] + Array("{}".utf8)  // no payload, "{}"

  @Test func readsTheLayoutOfTheSpecification() throws {
    let columns = try EventColumns(Self.golden, limits: .standard)
    let source = Array("ss".utf8)
    #expect(
      try SampleEvent.all(of: columns) == [
        SampleEvent(topic: Array("bc".utf8), source: source, id: Array("x".utf8), time: 1007, payload: nil),
        SampleEvent(
          topic: Array("a".utf8), source: source, id: Array("yz".utf8), time: 999,
          payload: Array("{}".utf8)),
      ])
  }

  @Test func namesEveryColumn() throws {
    let layout = try ColumnLayout(checking: Self.golden.span.bytes, limits: .standard)
    let offsets = [
      layout.topicLengths, layout.topicBytes, layout.sourceLengths, layout.sourceBytes,
      layout.topicIndices, layout.sourceIndices, layout.timeDeltas, layout.idLengths, layout.idBytes,
      layout.payloadLengths, layout.payloadBytes, layout.rawBytes,
    ]
    #expect(offsets == [40, 44, 47, 49, 51, 55, 59, 67, 71, 74, 82, 84])
    #expect(layout.events == 2 && layout.topics == 2 && layout.sources == 1)
    #expect(layout.baseTime == 1000 && layout.timeWidth == 4)
  }

  @Test func rejectsColumnsThatEndEarly() {
    for count in 0..<Self.golden.count {
      let cut = Array(Self.golden[..<count])
      #expect(throws: WireError(.malformedColumns, "")) {
        try ColumnLayout(checking: cut.span.bytes, limits: .standard)
      }
    }
  }

  @Test func rejectsColumnsThatGoOn() {
    let longer = Self.golden + [0]
    #expect(throws: WireError(.malformedColumns, "")) {
      try ColumnLayout(checking: longer.span.bytes, limits: .standard)
    }
  }

  /// One contradiction, put into the golden batch, and what the error must say of it.
  struct Contradiction: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let says: String
    let apply: @Sendable (inout [UInt8]) -> Void

    init(_ name: String, says: String, _ apply: @escaping @Sendable (inout [UInt8]) -> Void) {
      testDescription = name
      self.says = says
      self.apply = apply
    }

    static let all = [
      Contradiction("no events", says: "no event") { $0.store(UInt32(0), at: 0) },
      Contradiction("an event more", says: "announces") { $0.store(UInt32(3), at: 0) },
      Contradiction("all the events there can be", says: "announces") { $0.store(UInt32.max, at: 0) },
      Contradiction("no topics", says: "0 topics") { $0.store(UInt32(0), at: 4) },
      Contradiction("more topics than events", says: "3 topics") { $0.store(UInt32(3), at: 4) },
      Contradiction("no sources", says: "0 sources") { $0.store(UInt32(0), at: 8) },
      Contradiction("more sources than events", says: "3 sources") { $0.store(UInt32(3), at: 8) },
      Contradiction("a topic byte more", says: "announces") { $0.store(UInt32(4), at: 12) },
      Contradiction("all the bytes there can be", says: "announces") {
        for offset in stride(from: 12, to: 28, by: 4) { $0.store(UInt32.max, at: offset) }
      },
      Contradiction("a topic byte for a source byte", says: "topic lengths") {
        $0.store(UInt32(4), at: 12)
        $0.store(UInt32(1), at: 16)
      },
      Contradiction("a topic that is too long", says: "topic lengths add up to 4") {
        $0.store(UInt16(3), at: 42)
      },
      Contradiction("a source that is too long", says: "source lengths add up to 65535") {
        $0.store(UInt16.max, at: 47)
      },
      Contradiction("an id that is too short", says: "event id lengths add up to 2") {
        $0.store(UInt16(1), at: 69)
      },
      Contradiction("a payload that is too long", says: "payload lengths add up to 3") {
        $0.store(UInt32(3), at: 78)
      },
      Contradiction("a payload that is absent", says: "payload lengths add up to 0") {
        $0.store(UInt32.max, at: 78)
      },
      Contradiction("payloads that add up beyond 32 bits", says: "payload lengths") {
        $0.store(UInt32.max - 1, at: 74)
        $0.store(UInt32(4), at: 78)
      },
      Contradiction("a topic that there is not", says: "topic index 2 of event 0") {
        $0.store(UInt16(2), at: 51)
      },
      Contradiction("a source that there is not", says: "source index 65535 of event 1") {
        $0.store(UInt16.max, at: 57)
      },
      Contradiction("a time width of 0", says: "time width 0") { $0[28] = 0 },
      Contradiction("a time width of 5", says: "time width 5") { $0[28] = 5 },
      Contradiction("the other time width", says: "announces") { $0[28] = 8 },
      Contradiction("a reserved byte", says: "reserved") { $0[29] = 1 },
      Contradiction("another reserved byte", says: "reserved") { $0[31] = 0x80 },
    ]
  }

  @Test(arguments: Contradiction.all)
  func rejects(_ contradiction: Contradiction) {
    var bytes = Self.golden
    contradiction.apply(&bytes)
    let error = #expect(throws: WireError.self) {
      try ColumnLayout(checking: bytes.span.bytes, limits: .standard)
    }
    #expect(error?.code == .malformedColumns)
    #expect(error?.message.contains(contradiction.says) == true, "\(error?.message ?? "")")
  }

  @Test(arguments: 0..<30 as Range<UInt64>)
  func whateverIsAcceptedStaysWithinTheBytes(seed: UInt64) throws {
    var generator = SeededRandom(seed: seed)
    let events = (0..<10).map { _ in SampleEvent.random(using: &generator, names: 3) }
    let sound = try EventColumnsBuilder.columns(of: events)
    for _ in 0..<200 {
      var bytes = sound
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(
          in: 0...255, using: &generator)
      }
      guard let columns = try? EventColumns(bytes, limits: .standard) else { continue }
      expectPlacesToTile(columns)
    }
  }

  /// Ids and payloads follow each other without a gap, to the end of their columns.
  private func expectPlacesToTile(_ columns: EventColumns) {
    let layout = columns.layout
    var cursor = columns.makeCursor()
    var (id, payload) = (layout.idBytes, layout.payloadBytes)
    while let place = cursor.next(in: columns.bytes.span.bytes) {
      #expect(place.topic < layout.topics && place.source < layout.sources)
      #expect(place.id.lowerBound == id)
      id = place.id.upperBound
      if let range = place.payload {
        #expect(range.lowerBound == payload)
        payload = range.upperBound
      }
    }
    #expect(id == layout.payloadLengths && payload == columns.bytes.count)
    #expect(columns.topicRanges().last?.upperBound == layout.sourceLengths)
    #expect(columns.sourceRanges().last?.upperBound == layout.topicIndices)
  }
}
