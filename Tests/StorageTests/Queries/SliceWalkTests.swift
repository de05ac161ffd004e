import Testing

@testable import Storage

@Suite struct SliceWalkTests {
  /// A request to other servers takes longer than the goal of a slice, also when the slice has no event.
  @Test func whatEverySliceCostsDoesNotMakeSlicesNarrower() {
    var (rest, width, walks) = (Int64(0)..<Int64(1) << 40, Int64?.none, 0)
    while !rest.isEmpty, walks < 20 {
      var walk = SliceWalk(
        over: rest, isDescending: true, beginning: rest.upperBound, budget: SearchBudget(.milliseconds(250)),
        width: width, isRemote: true)
      while walk.next != nil { walk.read(in: .milliseconds(100)) }
      (rest, width, walks) = (walk.rest, walk.width, walks + 1)
    }
    #expect(rest.isEmpty, "\(walks) walks")
  }

  private static let second: Int64 = 1_000_000

  private func walk(
    over times: Range<Int64>, isDescending: Bool = true, from beginning: Int64,
    budget: Duration = .milliseconds(80)
  ) -> SliceWalk {
    SliceWalk(over: times, isDescending: isDescending, beginning: beginning, budget: SearchBudget(budget))
  }

  @Test(arguments: [true, false])
  func readsAllTimesOnceAndInOrder(isDescending: Bool) {
    var walk = walk(
      over: 0..<(100 * Self.second), isDescending: isDescending, from: isDescending ? 100 * Self.second : 0)
    var slices: [Range<Int64>] = []
    while let slice = walk.next {
      slices.append(slice)
      walk.read(in: .milliseconds(1))
    }
    let ascending = isDescending ? slices.reversed() : slices
    #expect(ascending.first?.lowerBound == 0 && ascending.last?.upperBound == 100 * Self.second)
    #expect(zip(ascending, ascending.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
    #expect(walk.continuation == nil)
  }

  @Test func theFirstSliceHasAllTimesBeforeTheBeginning() {
    let descending = walk(over: .min ..< .max, from: 50 * Self.second)
    #expect(descending.next == (49 * Self.second)..<Int64.max)
    let ascending = walk(over: .min ..< .max, isDescending: false, from: 50 * Self.second)
    #expect(ascending.next == Int64.min..<(51 * Self.second))
  }

  @Test func quickSlicesBecomeWiderAndSlowOnesNarrower() {
    var walk = walk(over: .min ..< .max, from: 0)
    walk.read(in: .milliseconds(1))
    #expect(walk.next.map { $0.upperBound - $0.lowerBound } == 4 * Self.second)
    walk.read(in: .milliseconds(40))
    #expect(walk.next.map { $0.upperBound - $0.lowerBound } == 2 * Self.second)
    let other = SliceWalk(
      over: .min ..< .max, isDescending: false, beginning: 0, budget: SearchBudget(.seconds(1)),
      width: walk.width)
    #expect(other.next?.upperBound == 2 * Self.second)
  }

  @Test(arguments: [true, false])
  func reachesTheEndOfTimeInAFewSlices(isDescending: Bool) {
    var walk = walk(over: .min ..< .max, isDescending: isDescending, from: 0, budget: .seconds(1))
    var count = 0
    while walk.next != nil {
      walk.read(in: .zero)
      count += 1
    }
    #expect(walk.rest.isEmpty && count < 30)
  }

  @Test func stopsWhenItsTimeIsSpentAndSaysWhere() {
    var walk = walk(over: 0..<(100 * Self.second), from: 100 * Self.second)
    walk.read(in: .milliseconds(79))
    #expect(walk.next != nil)
    walk.read(in: .milliseconds(1))
    #expect(walk.next == nil)
    #expect(walk.continuation == walk.rest.upperBound - 1)
    var ascending = self.walk(over: 0..<(100 * Self.second), isDescending: false, from: 0)
    ascending.read(in: .seconds(1))
    #expect(ascending.next == nil && ascending.continuation == Self.second)
  }

  /// A search that gave nothing would never come to an end.
  @Test func readsOneSliceWhateverItsBudget() {
    var walk = walk(over: 0..<(100 * Self.second), from: 100 * Self.second)
    var tries = 0
    while walk.timeout != nil {
      walk.gaveUp(after: .seconds(1))
      tries += 1
      #expect(walk.next != nil)
    }
    #expect(tries == 3)
    #expect(walk.next.map { $0.upperBound - $0.lowerBound } == SliceWalk.leastWidth)
    walk.read(in: .seconds(2))
    #expect(walk.next == nil && walk.continuation != nil)
  }

  @Test func laterSlicesMayTakeTheTimeThatIsLeft() {
    var walk = walk(over: .min ..< .max, from: 0)
    #expect(walk.timeout == .milliseconds(80))
    walk.read(in: .milliseconds(30))
    #expect(walk.timeout == .milliseconds(50))
  }

  /// The time of a slice without rows does not shrink with the slice.
  @Test func emptySlicesBecomeWiderHoweverSlowTheyAre() {
    var walk = walk(over: .min ..< .max, from: 0, budget: .seconds(100))
    var count = 0
    while walk.next != nil {
      walk.read(in: .seconds(1), wasEmpty: true)
      count += 1
    }
    // Ten slices to the greatest width, which is an eighth of all times.
    #expect(walk.rest.isEmpty && count <= 20)
  }
  @Test func anEmptyRangeHasNoSlice() {
    #expect(walk(over: 5..<5, from: 5).next == nil)
  }

  @Test(arguments: [(8, 10, 100, 40), (8, 100, 100, 4), (1, 500, 10, 1), (8, 1, 1_000, 64)])
  func theNextRoundMayTakeHalfOfTheTimeLeft(groups: Int, took: Int, left: Int, next: Int) {
    var pace = GroupPace()
    pace.read(groups, in: .milliseconds(took), left: .milliseconds(left))
    #expect(pace.groups == next)
  }
}
