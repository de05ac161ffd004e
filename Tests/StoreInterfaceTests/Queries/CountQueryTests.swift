import StoreInterface
import Testing

@Suite struct CountQueryTests {
  @Test(arguments: [(0, 0), (59, 0), (60, 60), (-1, -60), (-60, -60), (Int64.max, Int64.max / 60 * 60)])
  func intervalsBeginAtTheirMultiples(time: Int64, start: Int64) {
    #expect(CountQuery(EventFilter(), times: 0..<1, interval: 60).start(of: time) == start)
  }

  @Test func theRestOfAQuestionHasTheTimesThatAreLeft() {
    let query = CountQuery(EventFilter(since: 1, until: 2), times: 0..<100, interval: 10)
    #expect(query.filter == EventFilter())
    #expect(query.ending(at: 40).times == 0..<40)
    #expect(query.ending(at: -5).times == 0..<0)
  }

  @Test func numbersBeyondTheLimitLoseTheirNames() {
    var counts = EventCounts()
    for name in 0..<CountQuery.mostCounts { counts.add(1, at: 0, named: "\(name)") }
    counts.add(2, at: 0, named: "another")
    counts.add(3, at: 0, named: "1")
    #expect(counts.numbers[EventCounts.Key(start: 0, name: nil)] == 2)
    #expect(counts.numbers[EventCounts.Key(start: 0, name: "1")] == 4)
  }
}

@Suite struct FieldConditionTests {
  @Test(arguments: [
    ("1", true), ("-0.5e10", true), ("true", true), ("null", true), ("1e1000", false), ("01", false),
    ("+1", false),
    ("1.", false), ("", false), ("True", false), ("1 ", false), (String(repeating: "1", count: 41), false),
  ])
  func tellsTokensOfJSONFromOtherTexts(_ value: String, _ isToken: Bool) {
    #expect(FieldCondition(path: ["a"], value: value).isToken == isToken)
  }
}
