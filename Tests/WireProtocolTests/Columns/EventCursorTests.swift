import Testing
import WireProtocol

@Suite struct EventCursorTests {
  @Test func tellsAnAbsentPayloadFromAnEmptyOne() throws {
    let events = [SampleEvent(payload: nil), SampleEvent(payload: []), SampleEvent(payload: [1, 2])]
    let columns = try EventColumns(EventColumnsBuilder.columns(of: events), limits: .standard)
    let start = columns.layout.payloadBytes
    var cursor = columns.makeCursor()
    let payloads = [cursor.next(in: columns), cursor.next(in: columns), cursor.next(in: columns)]
    #expect(payloads.map(\.?.payload) == [.some(nil), start..<start, start..<start + 2])
  }

  @Test func endsAfterTheLastEventAndStaysThere() throws {
    let columns = try EventColumns(
      EventColumnsBuilder.columns(of: [SampleEvent(), SampleEvent()]), limits: .standard)
    var cursor = columns.makeCursor()
    #expect(cursor.position == 0)
    #expect(cursor.next(in: columns) != nil)
    #expect(cursor.position == 1)
    #expect(cursor.next(in: columns) != nil)
    for _ in 0..<3 { #expect(cursor.next(in: columns) == nil) }
    #expect(cursor.position == 2)
  }

  @Test func aCopyGoesOnByItself() throws {
    let events = (0..<4).map { SampleEvent(id: [$0]) }
    let columns = try EventColumns(EventColumnsBuilder.columns(of: events), limits: .standard)
    var cursor = columns.makeCursor()
    _ = cursor.next(in: columns)
    var copy = cursor
    let second = cursor.next(in: columns)
    #expect(copy.next(in: columns) == second)
  }

  @Test func trapsRatherThanReadBeyondShorterBytes() async {
    await #expect(processExitsWith: .failure) {
      let bytes = try EventColumnsBuilder.columns(of: [SampleEvent(), SampleEvent()])
      var cursor = try EventColumns(bytes, limits: .standard).makeCursor()
      _ = cursor.next(in: bytes.span.bytes.extracting(0..<bytes.count - 1))
    }
  }

  @Test(arguments: [
    (base: Int64.max, delta: Int64(1), time: Int64?.none), (base: .min, delta: -1, time: nil),
    (base: .max, delta: -1, time: .max - 1), (base: -3, delta: 5, time: 2),
    (base: .min, delta: .max, time: -1),
  ])
  func reportsATimeThatDoesNotFit(base: Int64, delta: Int64, time: Int64?) throws {
    var bytes = try EventColumnsBuilder.columns(of: [SampleEvent(time: .min), SampleEvent(time: .max)])
    let deltas = try ColumnLayout(checking: bytes.span.bytes, limits: .standard).timeDeltas
    bytes.store(base, at: 32)
    bytes.store(delta, at: deltas)
    let columns = try EventColumns(bytes, limits: .standard)
    var cursor = columns.makeCursor()
    let next = cursor.next(in: columns)
    let place = try #require(next)
    #expect(place.timeDelta == delta)
    #expect(columns.layout.timestamp(of: place) == time)
  }
}
