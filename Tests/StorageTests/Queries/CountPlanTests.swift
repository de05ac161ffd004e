import TestSupport
import Testing

@testable import Storage

@Suite struct CountPlanTests {
  private static func whole(_ group: Int64, _ times: ClosedRange<Int64>) -> SpanSearch.Span {
    SpanSearch.Span(group: group, count: 9, times: times, listed: nil)
  }

  private static func list(_ group: Int64, _ events: (id: UInt8, time: Int64)...) -> SpanSearch.Span {
    let times = events.map(\.time)
    return SpanSearch.Span(
      group: group, count: 0, times: (times.min() ?? 0)...(times.max() ?? 0),
      listed: events.map { ListedEvents.Event(id: [$0.id], time: $0.time) })
  }

  private static func listed(_ group: Int64, _ id: UInt8, at time: Int64) -> CountPart.Listed {
    CountPart.Listed(event: ListedEvents.Event(id: [id], time: time), group: group)
  }

  @Test func readsGroupsOfARoundTogetherAndListedEventsBehindTheFrontier() {
    var plan = CountPlan(over: 0..<100)
    plan.draw(Self.whole(1, 80...120))
    plan.draw(Self.whole(2, 70...90))
    plan.draw(Self.list(3, (7, 95), (8, 20)))
    #expect(
      plan.endRound(before: 60)
        == [.groups([1, 2], during: 70...99), .listed([Self.listed(3, 7, at: 95)])])
    #expect(plan.frontier == 61 && plan.openCount == 0 && plan.isProgress)
    #expect(plan.endRound(before: nil) == [.listed([Self.listed(3, 8, at: 20)])])
    #expect(plan.frontier == 0)
  }

  @Test func aListedEventOfAGroupThatWasReadIsNotReadAgain() {
    var plan = CountPlan(over: 0..<100)
    plan.draw(Self.whole(1, 50...90))
    plan.draw(Self.list(1, (7, 60), (8, 20)))
    #expect(plan.endRound(before: 80) == [.groups([1], during: 50...90)])
    plan.draw(Self.list(1, (9, 70), (8, 20)))
    #expect(plan.endRound(before: nil) == [.listed([Self.listed(1, 8, at: 20)])])
  }

  @Test func aSecondSpanOfAGroupIsReadWithoutTheFirst() {
    var plan = CountPlan(over: 0..<100)
    plan.draw(Self.whole(1, 50...90))
    #expect(plan.endRound(before: 70) == [.groups([1], during: 50...90)])
    plan.draw(Self.whole(1, 40...70))
    plan.draw(Self.whole(2, 45...60))
    #expect(
      plan.endRound(before: nil) == [.groups([2], during: 45...60), .groups([1], during: 40...49)])
  }

  @Test func goesOnWhileMostGroupsAreOpen() {
    var plan = CountPlan(over: 0..<100)
    for group in 1...4 { plan.draw(Self.whole(Int64(group), 10...99)) }
    _ = plan.endRound(before: 99)
    #expect(plan.frontier == 100 && !plan.isProgress)
    plan.draw(Self.whole(5, 95...99))
    _ = plan.endRound(before: 90)
    #expect(plan.frontier == 91 && plan.openCount == 4 && !plan.isProgress)
    for group in 6...8 { plan.draw(Self.whole(Int64(group), 80...90)) }
    _ = plan.endRound(before: 70)
    #expect(plan.openCount == 4 && plan.isProgress)
  }

  /// Groups with events close together, late events that spans list, and lists that cannot be read.
  private static func spans(
    _ groups: Int, using generator: inout SeededGenerator
  ) -> (events: [CountPart.Listed], spans: [SpanSearch.Span]) {
    var (events, spans): ([CountPart.Listed], [SpanSearch.Span]) = ([], [])
    for group in 0..<Int64(groups) {
      let center = Int64.random(in: 0..<200, using: &generator)
      let width = Int64.random(in: 0..<60, using: &generator)
      let bulk = (0..<6).map {
        Self.listed(group, UInt8($0), at: center + .random(in: 0...width, using: &generator))
      }
      let late = (6..<10).map { Self.listed(group, UInt8($0), at: .random(in: -50..<300, using: &generator)) }
      events += bulk + late
      let times = bulk.map(\.event.time)
      spans.append(Self.whole(group, (times.min() ?? 0)...(times.max() ?? 0)))
      for events in [late[0..<2], late[2..<4]] {
        let times = events.map(\.event.time)
        let isReadable = Int.random(in: 0..<8, using: &generator) > 0
        spans.append(
          SpanSearch.Span(
            group: group, count: 0, times: (times.min() ?? 0)...(times.max() ?? 0),
            listed: isReadable ? events.map(\.event) : nil))
      }
    }
    return (events, spans.sorted { $0.times.upperBound > $1.times.upperBound })
  }

  @Test func everyEventIsReadOnceWhateverTheRoundsAre() {
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<300 {
      let (events, spans) = Self.spans(12, using: &generator)
      let times =
        Int64.random(in: -20..<100, using: &generator)..<Int64.random(in: 120..<320, using: &generator)
      let wanted = spans.compactMap { span -> SpanSearch.Span? in
        guard span.times.upperBound >= times.lowerBound, span.times.lowerBound < times.upperBound else {
          return nil
        }
        return SpanSearch.Span(
          group: span.group, count: span.count, times: span.times,
          listed: span.listed?.filter { times.contains($0.time) })
      }
      var plan = CountPlan(over: times)
      var read: [CountPart.Listed: Int] = [:]
      var rest = wanted[...]
      repeat {
        for _ in 0..<Int.random(in: 0..<5, using: &generator) {
          if let span = rest.popFirst() { plan.draw(span) }
        }
        for part in plan.endRound(before: rest.first?.times.upperBound) {
          switch part {
          case .listed(let some): for event in some { read[event, default: 0] += 1 }
          case .groups(let groups, let times):
            for event in events where groups.contains(event.group) && times.contains(event.event.time) {
              read[event, default: 0] += 1
            }
          }
        }
        let known = events.filter { times.contains($0.event.time) && $0.event.time >= plan.frontier }
        #expect(known.allSatisfy { read[$0] == 1 }, "all events behind the frontier are read")
      } while !rest.isEmpty
      #expect(plan.frontier == times.lowerBound)
      #expect(read.keys.allSatisfy { times.contains($0.event.time) } && read.values.allSatisfy { $0 == 1 })
    }
  }
}

@Suite struct CountPartTests {
  /// Returns the parts that are not divided further.
  private func leaves(_ part: CountPart) -> [CountPart] {
    part.halves.isEmpty ? [part] : part.halves.flatMap(leaves)
  }

  @Test func groupsAreDividedFirstThenTheirTimes() {
    let parts = leaves(.groups([1, 4], during: -1_500...2_500))
    #expect(parts.count >= 2 * 5, "a millisecond at most")
    for group in [1, 4] as [Int64] {
      let times = parts.compactMap { part -> ClosedRange<Int64>? in
        guard case .groups([group], let times) = part else { return nil }
        return times
      }.sorted { $0.lowerBound < $1.lowerBound }
      #expect(times.first?.lowerBound == -1_500 && times.last?.upperBound == 2_500)
      #expect(zip(times, times.dropFirst()).allSatisfy { $0.upperBound + 1 == $1.lowerBound })
      #expect(times.allSatisfy { $0.upperBound - $0.lowerBound < 1_000 })
    }
  }

  @Test(arguments: [Int64.min...Int64.max, Int64.min...Int64.min, Int64.max - 2_000...Int64.max])
  func anyTimesCanBeDivided(times: ClosedRange<Int64>) {
    var part = CountPart.groups([1], during: times)
    while let half = part.halves.last { part = half }
    guard case .groups([1], let rest) = part else {
      Issue.record("\(part)")
      return
    }
    #expect(rest.upperBound == times.upperBound && rest.upperBound - rest.lowerBound < 1_000)
  }

  @Test func listedEventsAreDividedToOne() {
    let events = (0..<5).map { CountPart.Listed(event: ListedEvents.Event(id: [$0], time: 0), group: 1) }
    #expect(leaves(.listed(events)) == events.map { .listed([$0]) })
  }
}
