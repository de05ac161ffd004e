import Ingest
import Testing

@testable import Storage

/// Compares the order of the keys with a sort of all keys by bytes.
@Suite struct KeyOrderTests {
  /// Kinds of ids that are difficult to sort.
  enum Ids: CaseIterable {
    case numbers, aroundOneMoment, oneForAll, growing, zeros, halfAlike

    func id(_ number: Int, using generator: inout some RandomNumberGenerator) -> String {
      let any = Int.random(in: 0..<5_000, using: &generator)
      switch self {
      case .numbers: return "\(any)"
      case .aroundOneMoment: return "019b8a3f-1c2d-7\(any % 7)-\(any % 90)-\(any)"
      case .oneForAll: return "the same"
      case .growing: return String(repeating: "a", count: number % 40)
      case .zeros: return "a" + String(repeating: "\0", count: number % 20)
      case .halfAlike: return (number % 2 == 0 ? "" : "12345678") + "12345678abcdefgh\(any)"
      }
    }
  }

  @Test(arguments: Ids.allCases, [0, 1, 2, 5, 100, 255, 256, 257, 3_000])
  func isTheOrderOfTheBytesWithTheFirstOfEqualKeys(_ ids: Ids, _ count: Int) throws {
    var generator = SystemRandomNumberGenerator()
    let events = (0..<count).map { number in
      TestEvent(
        ids.id(number, using: &generator), topic: "topic \(Int.random(in: 0..<5, using: &generator))",
        payload: "\(number)")
    }
    // Two batches. Of equal keys, the one in the first batch comes first.
    let halves = [events.prefix(count / 3), events.dropFirst(count / 3)].filter { !$0.isEmpty }
    var rows = CopyRows(
      parts: try halves.enumerated().map {
        CopyRows.Part(member: $0, of: GroupMember(try IngestBatch(Array($1))))
      })
    rows.sort()
    let sent = (0..<rows.count).compactMap { rows.place(ofRow: $0 + 1) }
      .map { $0.position + ($0.member == 0 ? 0 : halves[0].count) }
    #expect(sent == expected(events))
  }

  private func expected(_ events: [TestEvent]) -> [Int] {
    let sorted = events.indices.sorted { one, other in
      let (id, otherID) = (Array(events[one].id.utf8), Array(events[other].id.utf8))
      if id != otherID { return id.lexicographicallyPrecedes(otherID) }
      let (topic, otherTopic) = (Array(events[one].topic.utf8), Array(events[other].topic.utf8))
      if topic != otherTopic { return topic.lexicographicallyPrecedes(otherTopic) }
      return one < other
    }
    var seen: Set<[String]> = []
    return sorted.filter { seen.insert([events[$0].id, events[$0].topic]).inserted }
  }
}
