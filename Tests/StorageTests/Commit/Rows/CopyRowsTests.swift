import Ingest
import Testing
import WireProtocol

@testable import Storage

@Suite struct CopyRowsTests {
  private func rows(_ batches: [IngestBatch]) -> CopyRows {
    var rows = CopyRows(
      parts: batches.enumerated().map { place, batch in
        CopyRows.Part(member: place * 10, of: GroupMember(batch))
      })
    rows.sort()
    return rows
  }

  /// Returns the keys of the rows, in the order of the rows.
  private func keys(_ batches: [[TestEvent]]) throws -> [String] {
    let rows = rows(try batches.map { try IngestBatch($0) })
    var keys: [String] = []
    while let place = rows.place(ofRow: keys.count + 1) {
      let event = batches[place.member / 10][place.position]
      keys.append("\(event.id)/\(event.topic)")
    }
    return keys
  }

  private func event(_ id: String, _ topic: String = "t") -> TestEvent {
    TestEvent(id, topic: topic, payload: nil)
  }

  @Test func ordersRowsByKeyOverAllBatches() throws {
    let batches = [["d", "a", "c"], ["b", "e", "A"]].map { $0.map { event($0) } }
    #expect(try keys(batches) == ["A/t", "a/t", "b/t", "c/t", "d/t", "e/t"])
  }

  @Test func ordersByTopicWithinAnId() throws {
    let batches = [[event("a", "z"), event("a", "b"), event("a", "b2"), event("", "x")]]
    #expect(try keys(batches) == ["/x", "a/b", "a/b2", "a/z"])
  }

  @Test func keepsTheFirstOfEqualKeys() throws {
    let first = try IngestBatch([event("b"), event("a"), event("b")])
    let second = try IngestBatch([event("a"), event("c"), event("b")])
    let rows = rows([first, second])
    let places = (1...4).map { rows.place(ofRow: $0) }
    #expect(
      places == [
        StagedPlace(member: 0, position: 1), StagedPlace(member: 0, position: 0),
        StagedPlace(member: 10, position: 1), nil,
      ])
    #expect(rows.place(ofRow: 0) == nil)
  }

  @Test func leavesOutDeadEventsOnlyWhereTheyAreDead() throws {
    let dead = [DeadEvent(position: 0, reason: .payloadSyntax)]
    let rows = rows([try IngestBatch([event("a"), event("b")], dead: dead), try IngestBatch([event("a")])])
    #expect(rows.place(ofRow: 1) == StagedPlace(member: 10, position: 0))
    #expect(rows.place(ofRow: 2) == StagedPlace(member: 0, position: 1))
  }

  /// Compares the order with a plain sort. Ids have long common prefixes or are prefixes of each other.
  @Test(arguments: ["", "x", "1767322245000-"], [1, 2, 30])
  func ordersLikeBytesAreOrdered(_ prefix: String, _ alphabet: Int) throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<50 {
      let events = (0..<60).map { _ in
        let letters = (0..<Int.random(in: 0...20, using: &generator)).map { _ in
          Character(UnicodeScalar(UInt8(97 + Int.random(in: 0..<alphabet, using: &generator))))
        }
        return event(prefix + String(letters), ["t", "tt", "u"].randomElement(using: &generator) ?? "")
      }
      let expected = Set(events).sorted {
        ($0.id == $1.id)
          ? Array($0.topic.utf8).lexicographicallyPrecedes(Array($1.topic.utf8))
          : Array($0.id.utf8).lexicographicallyPrecedes(Array($1.id.utf8))
      }
      #expect(
        try keys([Array(events[..<25]), Array(events[25...])]) == expected.map { "\($0.id)/\($0.topic)" })
    }
  }
}
