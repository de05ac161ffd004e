import Testing

@testable import Storage

@Suite struct ListedEventsTests {
  private typealias Event = ListedEvents.Event

  private static let events = [
    Event(id: Array("a".utf8), time: .min), Event(id: [], time: -1), Event(id: Array("ü,\"".utf8), time: 0),
    Event(id: [UInt8](repeating: 0x7A, count: 65_535), time: .max),
  ]

  private static func bytes(of events: [Event]) -> [UInt8] {
    events.reduce(into: [UInt8]()) { bytes, event in
      // The id is between other bytes.
      let columns = [0xFF] + event.id + [0xFF]
      let field = StagedEvent.Field(1..<1 + event.id.count)
      ListedEvents.append(time: event.time, id: field, of: columns, to: &bytes)
    }
  }

  private func read(_ bytes: [UInt8], where isWanted: (Int64) -> Bool = { _ in true }) -> [Event]? {
    ListedEvents.events(in: bytes.span.bytes, where: isWanted)
  }

  @Test func hasTheFormOfTheSchemaDocument() {
    let bytes = Self.bytes(of: [Event(id: [0x61, 0x62], time: 0x0102), Event(id: [0x63], time: -2)])
    #expect(
      bytes == [0, 0, 0, 0, 0, 0, 1, 2, 0, 2, 0x61, 0x62] + [UInt8](repeating: 255, count: 7)
        + [254, 0, 1, 0x63])
  }

  @Test(arguments: 1...4)
  func comesBackAsItWas(_ count: Int) {
    let events = Array(Self.events.prefix(count))
    #expect(read(Self.bytes(of: events)) == events)
  }

  @Test func onlyWantedTimesAreRead() {
    #expect(read(Self.bytes(of: Self.events)) { $0 > -5 && $0 < 5 } == Array(Self.events[1...2]))
    #expect(read(Self.bytes(of: Self.events)) { _ in false } == [])
  }

  /// The damage is detected even if no event of the list matches.
  @Test(arguments: [true, false])
  func aListCutShortIsNone(isWanted: Bool) {
    let events = [Event(id: Array("abc".utf8), time: 1), Event(id: Array("de".utf8), time: 2)]
    let bytes = Self.bytes(of: events)
    let ends = [13, bytes.count]
    for count in 0...bytes.count {
      let found = read(Array(bytes.prefix(count))) { _ in isWanted }
      #expect((found != nil) == ends.contains(count), "\(count) bytes")
    }
  }

  @Test(arguments: [
    [0],
    [UInt8](repeating: 0, count: 9),
    [UInt8](repeating: 0, count: 11),
    [UInt8](repeating: 0xFF, count: 10),
    [UInt8](repeating: 0xFF, count: 10 + 65_534),
    [0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 0x61],
    [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0x61],
  ])
  func wrongLengthsAreNoList(_ bytes: [UInt8]) {
    #expect(read(bytes) == nil)
  }

  @Test func inAListOfABucketTheEventsOfATagAreRead() {
    var bytes: [UInt8] = []
    let ids = Array("abcd".utf8)
    for (place, tag) in [(0, 7), (1, 65_535), (2, 7)] as [(Int, UInt16)] {
      ListedEvents.append(
        time: Int64(place), tag: tag, id: StagedEvent.Field(place..<place + 1), of: ids, to: &bytes)
    }
    #expect(bytes.prefix(13) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 7, 0x61])
    func read(_ tag: UInt16) -> [Event]? { ListedEvents.events(in: bytes.span.bytes, tag: tag) { $0 < 2 } }
    #expect(read(7) == [Event(id: [0x61], time: 0)])
    #expect(read(65_535) == [Event(id: [0x62], time: 1)])
    #expect(read(8) == [])
    let short = Array(bytes.prefix(10) + [0])
    #expect(ListedEvents.events(in: short.span.bytes, tag: 7) { _ in true } == nil)
  }

  @Test func aRestWithoutRoomForATagIsNoList() {
    let bytes: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0x61]
    #expect(ListedEvents.events(in: bytes.span.bytes, tag: 0x61) { _ in true } == nil)
  }

  @Test func anEventMayHaveAnEmptyID() {
    #expect(read([UInt8](repeating: 0, count: 10)) == [Event(id: [], time: 0)])
  }
}
