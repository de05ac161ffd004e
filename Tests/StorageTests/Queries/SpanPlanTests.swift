import Ingest
import Testing

@testable import Storage
@testable import StoreInterface

@Suite struct SpanPlanTests {
  /// Makes a span of a whole group with `count` events.
  private func bulk(_ group: Int64, _ times: ClosedRange<Int64>, _ count: Int) -> SpanSearch.Span {
    SpanSearch.Span(group: group, count: count, times: times, listed: nil)
  }

  /// Makes a span that lists events with these times.
  private func list(_ times: Int64...) -> SpanSearch.Span {
    SpanSearch.Span(
      group: 99, count: 0, times: (times.min() ?? 0)...(times.max() ?? 0),
      listed: times.map { ListedEvents.Event(id: id($0), time: $0) })
  }

  private func id(_ time: Int64) -> [UInt8] { Array("e\(time)".utf8) }

  private func references(_ times: some Sequence<Int64>) -> [EventReference] {
    times.map { EventReference(time: $0, eventID: id($0), topic: [1]) }
  }

  /// Returns for each span whether the plan draws it. `spans` are in the order of `query`.
  private func drawn(_ spans: [SpanSearch.Span], _ query: EventQuery, count: Int) -> [Bool] {
    var plan = SpanPlan(query, count: count)
    return spans.map { plan.draw($0) }
  }

  @Test(arguments: EventQuery.Order.allCases)
  func aSearchStopsOnlyBehindHalfOfItsGroups(order: EventQuery.Order) {
    var plan = SpanPlan(EventQuery(order: order), count: 1_000)
    #expect(plan.isProgress(50), "nothing was read yet")
    let times: [ClosedRange<Int64>] = [0...95, 5...94, 40...93, 60...92]
    let mirrored = times.map { order == .newestFirst ? $0 : (100 - $0.upperBound)...(100 - $0.lowerBound) }
    for (group, times) in mirrored.enumerated() {
      let isDrawn = plan.draw(bulk(Int64(group), times, 1))
      #expect(isDrawn)
    }
    for (time, isProgress) in [(91, false), (50, false), (40, true), (3, true)] as [(Int64, Bool)] {
      #expect(plan.isProgress(order == .newestFirst ? time : 100 - time) == isProgress)
    }
  }

  @Test func drawsUntilEnoughEventsAreNearerThanTheNextSpan() {
    let spans = [bulk(3, 200...300, 100), bulk(2, 100...199, 100), bulk(1, 0...99, 100)]
    #expect(drawn(spans, EventQuery(), count: 79) == [true, false, false])
    #expect(drawn(spans, EventQuery(), count: 81) == [true, true, false])
    #expect(drawn(spans, EventQuery(), count: 161) == [true, true, true])
    let ascending = EventQuery(order: .oldestFirst)
    #expect(drawn(spans.reversed(), ascending, count: 79) == [true, false, false])
    #expect(drawn(spans.reversed(), ascending, count: 81) == [true, true, false])
  }

  @Test func spansThatOverlapAreDrawnTogether() {
    // From 290 (end of the second span) on, the first span has 10 events. From 280 on, the first two have 30.
    // From 100 on, they have all.
    let spans = [bulk(3, 200...300, 100), bulk(2, 190...290, 100), bulk(1, 180...280, 100)]
    #expect(drawn(spans, EventQuery(), count: 8) == [true, false, false])
    #expect(drawn(spans, EventQuery(), count: 9) == [true, true, false])
    #expect(drawn(spans, EventQuery(), count: 25) == [true, true, true])
  }

  /// The page begins in the middle of the first group, so half of the group's events count.
  @Test(arguments: [
    EventQuery(until: 251), EventQuery(after: EventPosition(timestamp: 250, eventID: "x", topic: "t")),
  ])
  func countsOnlyWhatIsBehindTheBeginning(query: EventQuery) {
    let spans = [bulk(3, 200...300, 100), bulk(2, 100...199, 100)]
    #expect(drawn(spans, query, count: 39) == [true, false])
    #expect(drawn(spans, query, count: 41) == [true, true])
  }

  @Test func drawsAllSpansThatReachOverTheBeginning() {
    let spans = (0..<20).map { bulk($0, 0...(300 - $0), 10_000) }
    #expect(drawn(spans, EventQuery(until: 200), count: 1) == spans.map { _ in true })
  }

  @Test func takesNoMoreGroupsThanOneRoundReads() {
    let spans = (0...Int64(SpanPlan.groupsAtOnce)).map { bulk($0, 0...300, 1) }
    let answers = drawn(spans, EventQuery(), count: 1_000)
    #expect(answers == spans.dropLast().map { _ in true } + [false])
  }

  @Test func drawsMoreWhenMoreIsWanted() {
    var plan = SpanPlan(EventQuery(), count: 10)
    _ = plan.draw(bulk(3, 200...300, 100))
    let answers = (0..<5).map { _ in
      defer { plan.wantMore() }
      return plan.draw(bulk(2, 100...199, 100))
    }
    // The target is 12.5 events, then 25, 50, 100 and 200.
    #expect(answers == [false, false, false, false, true])
  }

  @Test func readsTheNearestListedEventsBesideGroupsAndTheOthersLater() {
    var plan = SpanPlan(EventQuery(), count: 1_000)
    let times = (0..<Int64(SpanPlan.idsBesideGroups + 5)).map { $0 * 10 }
    _ = plan.draw(bulk(7, 0...5_000, 100))
    for time in times.reversed() { _ = plan.draw(list(time)) }
    let none = NearestEvents(count: 1_000, isDescending: true)
    let first = plan.opening(after: none)
    #expect(first?.groups == [7])
    #expect(first?.ids == times.reversed().prefix(SpanPlan.idsBesideGroups).map(id))
    let second = plan.opening(after: none)
    #expect(second == SpanPlan.Opening(ids: times.prefix(5).reversed().map(id), groups: []))
    #expect(plan.opening(after: none) == nil)
  }

  /// Late events of the window are listed in spans that end after the window.
  @Test func drawsTheGroupsOfAWindowBehindManyListedEvents() {
    var plan = SpanPlan(EventQuery(since: 0, until: 1_000), count: 10)
    for end in (0..<Int64(200)).map({ 5_000 - $0 }) {
      let listed = (0..<Int64(10)).map { ListedEvents.Event(id: id($0), time: $0) }
      _ = plan.draw(SpanSearch.Span(group: 99, count: 0, times: 0...end, listed: listed))
    }
    let isDrawn = plan.draw(bulk(7, 500...1_500, 100))
    #expect(isDrawn)
    let opening = plan.opening(after: NearestEvents(count: 10, isDescending: true))
    #expect(opening?.groups == [7] && opening?.ids.count == SpanPlan.idsBesideGroups)
  }

  @Test(arguments: EventQuery.Order.allCases)
  func leavesOutListedEventsThatCanNoLongerMatter(order: EventQuery.Order) {
    var plan = SpanPlan(EventQuery(order: order), count: 3)
    let isDescending = order == .newestFirst
    for time in isDescending ? [40 as Int64, 30, 20, 10] : [10, 20, 30, 40] { _ = plan.draw(list(time)) }
    var best = NearestEvents(count: 2, isDescending: isDescending)
    best.add(references(isDescending ? [100, 30] : [1, 20]))
    // An event with the same time as the last of `best` can still be on the page.
    #expect(plan.opening(after: best)?.ids == (isDescending ? [40, 30] : [10, 20]).map(id))
    #expect(plan.opening(after: best) == nil)
  }
}
