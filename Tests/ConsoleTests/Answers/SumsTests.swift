import Testing
import TextFormats

@testable import Console

@Suite struct IntervalSumsTests {
  private func answer(_ counts: String) throws -> JSONValue {
    try JSONValue(Array("{\"counts\":[\(counts)]}".utf8))
  }

  @Test func anIntervalOfTwoAnswersHasTheEventsOfBoth() throws {
    var sums = IntervalSums()
    sums.add(
      try answer(
        #"{"start":"02","events":5,"groups":[{"name":"a","events":3}],"others":2},{"start":"01","events":1}"#)
    )
    sums.add(try answer(#"{"start":"01","events":9,"groups":[{"name":"b","events":9}]}"#))
    #expect(sums.events == 15)
    #expect(
      JSONText.line(sums.json)
        == #"[{"start":"01","events":10,"groups":[{"name":"b","events":9}],"others":0},{"start":"02","events":5,"groups":[{"name":"a","events":3}],"others":2}]"#
    )
    #expect(
      sums.text(Painter(hasColors: false)) == """
        START  EVENTS
        01         10  b 9
        02          5  a 3, others 2
        15 events
        """)
  }

  /// Each answer has the names that are frequent in its part of the time alone.
  @Test func theNamesWithTheMostEventsOfAllAnswersAreShown() throws {
    var sums = IntervalSums(limit: 1)
    sums.add(
      try answer(#"{"start":"02","events":3,"groups":[{"name":"a","events":2},{"name":"b","events":1}]}"#))
    #expect(!sums.isPartial)
    sums.add(
      try answer(
        #"{"start":"01","events":6,"groups":[{"name":"b","events":4},{"name":"c","events":1}],"others":1}"#))
    #expect(
      JSONText.line(sums.json)
        == #"[{"start":"01","events":6,"groups":[{"name":"b","events":4}],"others":2},{"start":"02","events":3,"groups":[{"name":"b","events":1}],"others":2}]"#
    )
    #expect(sums.isPartial, "an answer has events without a name")
  }

  @Test func numbersBeyond64BitsDoNotEndTheCommand() throws {
    var sums = IntervalSums()
    for _ in 0..<2 {
      sums.add(
        try answer(
          #"{"start":"01","events":9223372036854775807,"groups":[{"name":"a","events":9223372036854775807}],"others":9223372036854775807},{"start":"02","events":9223372036854775807}"#
        ))
    }
    #expect(sums.events == .max)
    #expect(sums.text(Painter(hasColors: false)).contains("9,223,372,036,854,775,807"))
    var bars = IntervalSums()
    bars.add(try answer(#"{"start":"01","events":9223372036854775807}"#))
    #expect(bars.text(Painter(hasColors: false)).contains(String(repeating: "#", count: 40)))
  }

  @Test func withoutGroupsEachIntervalHasABar() throws {
    var sums = IntervalSums()
    sums.add(try answer(#"{"start":"01","events":40},{"start":"02","events":1},{"start":"03","events":0}"#))
    let lines = sums.text(Painter(hasColors: false)).split(separator: "\n")
    #expect(lines[1].hasSuffix(String(repeating: "#", count: 40)))
    #expect(lines[2].hasSuffix(" 1  #"))
    #expect(!lines[3].contains("#"))
  }
}

@Suite struct HistoryTests {
  private func history(_ text: String) throws -> ServerHistory {
    ServerHistory(try JSONValue(Array(text.utf8)))
  }

  private static let answer = #"""
    {"started_at":"2026-01-01T00:00:00Z","series":[
    {"interval_seconds":10,"until":"2026-01-01T00:01:00Z","figures":{"received":[null,100,200,300],"queued":[1,5,2,0],
    "store_available":[true,false,true,true],"commit_p99_ms":[null,2.5,null,1]},"topics":[]},
    {"interval_seconds":1,"until":"2026-01-01T00:01:02Z","figures":{"received":[7,9]},
    "topics":[{"topic":"a","unique":[1,3]},{"topic":"b","unique":[9,0]},{"topic":"c","unique":[0,null]}]}]}
    """#

  @Test func rowsAddCountsAndKeepTheWorstOfTheRest() throws {
    let series = try #require(try history(Self.answer).longest)
    #expect(series.interval == 10 && series.count == 4)
    let table = HistoryTable(series, length: 20)
    #expect(table.rows.map(\.received) == [10, 25], "a time that is not known counts for nothing")
    #expect(table.rows.map(\.queued) == [5, 2])
    #expect(table.rows.map(\.commit) == [2.5, 1])
    #expect(table.rows.map(\.isStoreAvailable) == [false, true])
    #expect(table.rows.map(\.until?.text) == ["2026-01-01T00:00:40.000000Z", "2026-01-01T00:01:00.000000Z"])
    #expect(table.rows.map(\.dead) == [nil, nil])
  }

  @Test func aPartOfARowIsTheOldestOne() throws {
    let series = try #require(try history(Self.answer).longest)
    #expect(HistoryTable(series, length: 30).rows.map(\.received) == [nil, 20])
    #expect(HistoryTable(series).seconds == 10)
  }

  @Test func topicsAreOrderedByTheirRate() throws {
    let series = try #require(try history(Self.answer).series.first)
    #expect(series.interval == 1)
    let topics = series.busiestTopics(last: 2)
    #expect(topics.map { $0.name } == ["b", "a"] && topics.map { $0.perSecond } == [4.5, 2])
  }

  @Test(arguments: [
    "{}", #"{"series":[]}"#, #"{"series":[{"interval_seconds":0}]}"#,
    #"{"series":[{"interval_seconds":9223372036854775807,"figures":{"received":[1,2]}}]}"#,
  ])
  func anAnswerWithoutSeriesHasNone(_ text: String) throws {
    #expect(try history(text).longest == nil)
  }
}
