import Ingest
import StoreInterface
import Testing

@testable import HTTPAdmin

@Suite("TailMachine")
struct TailMachineTests {
  private func moment(_ horizon: Int, at seconds: Int64 = 0, of lineage: String = "a") -> TailPosition {
    TailPosition(snapshot: "\(horizon):\(horizon):", time: seconds * 1_000_000, lineage: lineage)
  }

  private func event(_ topic: String, batchID: Int64 = 1) -> TailEvent {
    TailEvent(.sample(topic: topic), batchID: batchID)
  }

  private func machine(with filters: EventFilter...) -> TailMachine {
    var machine = TailMachine(oldest: .seconds(60))
    for (member, filter) in filters.enumerated() { machine.subscribe(UInt64(member), filter) }
    return machine
  }

  @Test func doesNothingWithoutSubscribers() {
    var machine = machine()
    #expect(machine.next() == .rest)
  }

  @Test func readsThePositionBeforeEvents() {
    var machine = machine(with: EventFilter())
    #expect(machine.next() == .look)
    #expect(machine.looked(moment(10)) == TailMachine.Look(joined: [0]))
    #expect(machine.next() == .pause)
    machine.pauseEnded()
    #expect(machine.next() == .look)
  }

  @Test func readsFromOnePositionToTheNextAndReportsTheEnd() {
    var machine = machine(with: EventFilter())
    _ = machine.looked(moment(10))
    machine.pauseEnded()
    #expect(machine.looked(moment(20)) == TailMachine.Look())
    let window = TailWindow(from: "10:10:", to: moment(20))
    #expect(machine.next() == .batches(window, from: .min))
    machine.received([TailBatch(batchID: 1, events: 1)])
    #expect(
      machine.next()
        == .events(TailPage(batchIDs: [1], after: nil, filters: [], limit: TailReading.eventLimit)))
    let shares = machine.received(TailEvents([event("t")], isComplete: true))
    #expect(shares.map(\.member) == [0] && shares.map(\.events) == [[event("t")]])
    #expect(machine.next() == .reached(moment(20), [0]))
    #expect(machine.next() == .pause)
  }

  @Test func aNewSubscriberGetsNoEventsBeforeItsPosition() {
    var machine = machine(with: EventFilter())
    _ = machine.looked(moment(10))
    machine.pauseEnded()
    machine.subscribe(7, EventFilter())
    #expect(machine.looked(moment(20)).joined == [7])
    _ = machine.next()
    machine.received([TailBatch(batchID: 1, events: 1)])
    _ = machine.next()
    #expect(machine.received(TailEvents([event("t")], isComplete: true)).map(\.member) == [0])
    #expect(machine.next() == .reached(moment(20), [0]))
    machine.pauseEnded()
    _ = machine.looked(moment(30))
    _ = machine.next()
    machine.received([TailBatch(batchID: 2, events: 1)])
    _ = machine.next()
    #expect(machine.received(TailEvents([event("t")], isComplete: true)).map(\.member) == [0, 7])
  }

  @Test func eachSubscriberGetsItsEventsAndTheQueryReadsNoOthers() {
    let filters = [EventFilter(topics: .one("a")), EventFilter(topics: .prefix("b"))]
    var machine = machine(with: filters[0], filters[1], filters[0])
    _ = machine.looked(moment(10))
    machine.pauseEnded()
    _ = machine.looked(moment(20))
    _ = machine.next()
    machine.received([TailBatch(batchID: 1, events: 3)])
    guard case .events(let page) = machine.next() else {
      Issue.record("no events are asked for")
      return
    }
    #expect(Set(page.filters) == Set(filters))
    let shares = machine.received(TailEvents([event("a"), event("bc")], isComplete: true))
    #expect(shares.map(\.member) == [0, 1, 2])
    #expect(shares.map(\.events) == [[event("a")], [event("bc")], [event("a")]])
  }

  @Test(arguments: [TailMachine.mostFilters, TailMachine.mostFilters + 1])
  func tooManyFiltersAreLeftOutOfTheQuery(_ count: Int) {
    var machine = TailMachine(oldest: .seconds(60))
    for number in 0..<count { machine.subscribe(UInt64(number), EventFilter(topics: .one("\(number)"))) }
    _ = machine.looked(moment(10))
    machine.pauseEnded()
    _ = machine.looked(moment(20))
    _ = machine.next()
    machine.received([TailBatch(batchID: 1, events: 3)])
    guard case .events(let page) = machine.next() else {
      Issue.record("no events are asked for")
      return
    }
    #expect(page.filters.count == (count == TailMachine.mostFilters ? count : 0))
  }

  @Test func withoutReadersTheWindowIsDropped() {
    var machine = machine(with: EventFilter())
    _ = machine.looked(moment(10))
    machine.pauseEnded()
    _ = machine.looked(moment(20))
    machine.leave(0)
    #expect(machine.received(TailEvents([event("t")], isComplete: true)).isEmpty)
    #expect(machine.next() == .rest)
    machine.subscribe(1, EventFilter())
    #expect(machine.next() == .look)
    #expect(machine.looked(moment(90, at: 9_999)) == TailMachine.Look(joined: [1]))
    #expect(machine.next() == .pause)
  }

  @Test func repeatsTheQueryAfterAFailure() {
    var machine = machine(with: EventFilter())
    _ = machine.looked(moment(10))
    machine.pauseEnded()
    _ = machine.looked(moment(20))
    let question = machine.next()
    machine.failed()
    #expect(machine.next() == .pause)
    machine.pauseEnded()
    #expect(machine.next() == question)
  }

  @Test(arguments: [
    (61, 20, "a", TailEnding.tooOld), (60, 20, "a", nil), (0, 20, "b", .otherDatabase),
    (0, 9, "a", .otherDatabase),
  ])
  func subscribersEndAtAnInvalidPosition(
    _ age: Int64, _ horizon: Int, _ lineage: String, _ ending: TailEnding?
  ) {
    var machine = machine(with: EventFilter())
    _ = machine.looked(moment(10))
    machine.pauseEnded()
    machine.subscribe(5, EventFilter())
    let look = machine.looked(moment(horizon, at: age, of: lineage))
    #expect(look.joined == [5], "a new subscriber starts here")
    #expect(look.ending == ending)
    #expect(look.ended == (ending == nil ? [] : [0]))
  }
}
