import StoreInterface
import Testing

@testable import StoreInterface

@Suite struct TailReadingTests {
  private static let window = TailWindow(
    from: "1:2:", to: TailPosition(snapshot: "9:9:", time: 0, lineage: "a"))

  private func event(_ batchID: Int64, _ id: String) -> TailEvent {
    TailEvent(
      StoredEvent(topic: "t", eventID: id, timestamp: 0, source: "s", payload: nil, processedAt: 0),
      batchID: batchID)
  }

  private func page(_ batchIDs: [Int64], after: TailPlace? = nil) -> TailReading.Step {
    .events(
      TailPage(batchIDs: batchIDs, after: after, filters: [], limit: TailReading.eventLimit))
  }

  @Test func anEmptyWindowNeedsOneQuery() {
    var reading = TailReading(Self.window)
    #expect(reading.next() == .batches(from: .min))
    #expect(reading.next() == .batches(from: .min), "the same query until its result")
    reading.received([])
    #expect(reading.next() == .end)
  }

  @Test func smallBatchesShareAQueryAndEmptyOnesNeedNone() {
    var reading = TailReading(Self.window)
    _ = reading.next()
    reading.received([1, 2, 3, 4].map { TailBatch(batchID: $0, events: $0 == 2 ? 0 : 500) })
    #expect(reading.next() == page([1, 3]))
    reading.received(TailEvents([event(1, "a"), event(3, "b")], isComplete: true))
    #expect(reading.next() == page([4]))
    reading.received(TailEvents([], isComplete: true))
    #expect(reading.next() == .end)
  }

  @Test func continuesAfterTheLastEventOfAnIncompletePage() {
    var reading = TailReading(Self.window)
    _ = reading.next()
    reading.received([1, 2, 3].map { TailBatch(batchID: $0, events: 10) })
    #expect(reading.next() == page([1, 2, 3]))
    let last = event(2, "m")
    reading.received(TailEvents([event(1, "z"), last], isComplete: false))
    #expect(reading.next() == page([2, 3], after: last.place))
    reading.received(TailEvents([event(3, "a")], isComplete: true))
    #expect(reading.next() == .end)
  }

  @Test func distantBatchesDoNotShareAQuery() {
    var reading = TailReading(Self.window)
    _ = reading.next()
    let far = 5 + TailReading.largestGap
    reading.received([5, far, far + 1].map { TailBatch(batchID: $0, events: 1) })
    #expect(reading.next() == page([5, far, far + 1]))
    reading.received(TailEvents([], isComplete: true))
    reading = TailReading(Self.window)
    _ = reading.next()
    reading.received([4, far].map { TailBatch(batchID: $0, events: 1) })
    #expect(reading.next() == page([4]))
  }

  /// Returns the number of batches of 1,000 events in the query for the next page, with filters.
  private func look(_ reading: inout TailReading) -> Int? {
    guard case .events(let page) = reading.next() else { return nil }
    return page.batchIDs.count
  }

  @Test func adaptsTheScanLimitToTheMatches() {
    let filters = [EventFilter(topics: .one("t"))]
    var reading = TailReading(Self.window, filters: filters)
    _ = reading.next()
    reading.received((1...2_000).map { TailBatch(batchID: $0, events: 1_000) })
    let few = TailEvents((0..<249).map { event(1, "\($0)") }, isComplete: true)
    let some = TailEvents((0..<250).map { event(1, "\($0)") }, isComplete: true)
    let none = TailEvents([], isComplete: true)
    var looks: [Int?] = []
    for answer in [few, some, none, none, none] {
      looks.append(look(&reading))
      reading.received(answer)
    }
    #expect(looks == [16, 64, 64, 256, 256])
    looks = []
    for _ in 0..<6 {
      looks.append(look(&reading))
      guard case .events(let page) = reading.next(), let first = page.batchIDs.first else { break }
      reading.received(TailEvents([event(first, "x")], isComplete: false))
    }
    #expect(looks == [256, 64, 16, 4, 1, 1])
  }

  @Test func readsMoreBatchesAfterAFullAnswer() {
    var reading = TailReading(Self.window)
    _ = reading.next()
    reading.received((1...TailReading.batchLimit).map { TailBatch(batchID: Int64($0), events: 0) })
    #expect(reading.next() == .batches(from: Int64(TailReading.batchLimit) + 1))
    reading.received([TailBatch(batchID: 9_999, events: 1)])
    #expect(reading.next() == page([9_999]))
  }

  @Test func resumesAfterAPositionInABatch() {
    let place = TailPlace(batchID: 7, eventID: "e", topic: "t")
    var reading = TailReading(Self.window, after: place)
    #expect(reading.next() == .batches(from: 7))
    reading.received([TailBatch(batchID: 7, events: 3), TailBatch(batchID: 8, events: 2)])
    #expect(reading.next() == page([7, 8], after: place))
  }

  /// Each event is read once and in order, however the results are divided into pages.
  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func readsEveryEventOnce(_ seed: UInt64) {
    var generator = SplitMix(seed)
    let batches = (0..<60).map {
      TailBatch(batchID: Int64($0 * 70_000), events: Int.random(in: 0...900, using: &generator))
    }
    let all = batches.flatMap { batch in
      (0..<batch.events).map { event(batch.batchID, "\(1_000 + $0)") }
    }
    var reading = TailReading(Self.window)
    var found: [TailEvent] = []
    loop: while true {
      switch reading.next() {
      case .batches(let first): reading.received(batches.filter { $0.batchID >= first })
      case .events(let page):
        let matching = all.filter { event in
          page.batchIDs.contains(event.batchID)
            && (page.after.map { ($0.batchID, $0.eventID) < (event.batchID, event.event.eventID) } ?? true)
        }
        let answer = Array(matching.prefix(Int.random(in: 1...page.limit, using: &generator)))
        found += answer
        reading.received(TailEvents(answer, isComplete: answer.count == matching.count))
      case .end: break loop
      }
    }
    #expect(found == all, "seed \(seed)")
  }
}

private struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word >> 31)
  }
}
