import Testing

@testable import Publisher

@Suite struct WorkPartitionerTests {
  @Test func assignsEveryPlaceOnceInBatches() {
    let partitioner = WorkPartitioner(count: 25, batch: 10)
    #expect(partitioner.next() == 0..<10)
    #expect(partitioner.next() == 10..<20)
    #expect(partitioner.next() == 20..<25)
    #expect(partitioner.next() == nil)
    #expect(partitioner.assignedCount == 25)
  }

  @Test func assignsOnlyTheFirstPlacesWhenItIsStopped() {
    let partitioner = WorkPartitioner(count: 25, batch: 10)
    _ = partitioner.next()
    partitioner.stop()
    #expect(partitioner.next() == nil)
    #expect(partitioner.assignedCount == 10)
  }

  @Test func assignsToManyTasksWithoutGapOrOverlap() async {
    let partitioner = WorkPartitioner(count: 10_000, batch: 7)
    let assigned = await withTaskGroup(of: [Range<UInt64>].self) { group in
      for _ in 0..<8 {
        group.addTask {
          var own: [Range<UInt64>] = []
          while let places = partitioner.next() { own.append(places) }
          return own
        }
      }
      return await group.reduce([]) { $0 + $1 }.sorted { $0.lowerBound < $1.lowerBound }
    }
    #expect(assigned.first?.lowerBound == 0)
    #expect(assigned.last?.upperBound == 10_000)
    #expect(zip(assigned, assigned.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
  }
}

@Suite struct PaceTests {
  private let start = ContinuousClock.now

  @Test func spacesEventsEvenlyFromTheStart() {
    let pace = Pace(start: start, rate: 1_000)
    #expect(pace.intended(0) == start)
    #expect(pace.intended(1_500) == start + .milliseconds(1_500))
  }

  @Test func hasNoIntendedTimeWithoutARate() {
    #expect(Pace(start: start, rate: nil).intended(7) == nil)
  }
}
