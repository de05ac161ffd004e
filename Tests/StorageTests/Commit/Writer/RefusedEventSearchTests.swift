import Testing

@testable import PostgresClient
@testable import Storage

@Suite struct RefusedEventSearchTests {
  @Test(arguments: 1...9)
  func findsEverySubsetOfRefusedEventsInOrder(_ count: Int) {
    for mask in 0..<1 << count {
      let refused = (0..<count).filter { mask & 1 << $0 != 0 }
      let found = RefusedEventSearch.find(in: 0..<count) { range in !refused.contains { range.contains($0) } }
      #expect(found == refused)
    }
  }

  @Test func triesAboutTwiceTheLogarithmForOneEvent() {
    var trials = 0
    let found = RefusedEventSearch.find(in: 0..<20_000) { range in
      trials += 1
      return !range.contains(12_345)
    }
    #expect(found == [12_345])
    #expect(trials <= 2 * 15 + 1)
  }

  @Test func findsNothingWhereNothingIsRefused() {
    #expect(RefusedEventSearch.find(in: 0..<0) { _ in false } == [])
    #expect(RefusedEventSearch.find(in: 0..<100) { _ in true } == [])
  }

  @Test func findsNothingInRowsThatAreOnlyRefusedTogether() {
    #expect(RefusedEventSearch.find(in: 0..<4) { $0.count < 2 } == [])
  }

  @Test func passesOnWhatATrialThrows() {
    #expect(throws: PostgresError.self) {
      try RefusedEventSearch.find(in: 0..<4) { (_: Range<Int>) throws(PostgresError) in throw .lost("gone") }
    }
  }
}
