import Testing

@testable import Storage

@Suite struct WayPolicyTests {
  private func ways(_ experiences: [WayPolicy.Experience], choice: WritingChoice = .auto) -> [WritingWay] {
    var policy = WayPolicy(choice)
    return experiences.map { experience in
      policy.note(experience)
      return policy.way
    }
  }

  @Test func beginsStraight() {
    #expect(WayPolicy(.auto).way == .straight)
  }

  @Test func putsUpWithOneGroupInEightThatHadOldDuplicates() {
    let rare = (0..<40).map { $0 % 8 == 0 ? WayPolicy.Experience.oldDuplicates : .clean }
    #expect(Set(ways(rare)) == [.straight])
  }

  @Test func asksFirstWhileOldDuplicatesAreFrequent() {
    #expect(ways([.oldDuplicates, .clean, .clean, .oldDuplicates]).last == .probe)
  }

  @Test func goesStraightAgainWhenTheyAreGone() {
    let clean = [WayPolicy.Experience](repeating: .clean, count: 8)
    let ways = ways([.oldDuplicates, .oldDuplicates] + clean)
    #expect(ways[1...7].allSatisfy { $0 == .probe })
    #expect(ways[9] == .straight)
  }

  @Test func stagesForAWhileWhenItIsOvertaken() {
    let ways = ways([.overtaken] + [WayPolicy.Experience](repeating: .clean, count: 20))
    #expect(ways.count { $0 == .staged } == 16)
    #expect(ways.last == .straight)
  }

  @Test func stagesWhenItIsLeftAloneTwiceInEightGroups() {
    #expect(ways([.leftAlone] + [WayPolicy.Experience](repeating: .clean, count: 7)).last == .straight)
    #expect(ways([.leftAlone, .clean, .clean, .leftAlone]).last == .staged)
  }

  @Test func stagesLongerEachTimeUntilItGoesWell() {
    var policy = WayPolicy(.auto)
    var stays: [Int] = []
    for _ in 0..<6 {
      policy.note(.overtaken)
      var stay = 0
      while policy.way == .staged {
        stay += 1
        policy.note(.oldDuplicates)
      }
      stays.append(stay)
    }
    #expect(stays == [16, 32, 64, 128, 256, 256])
    for _ in 0..<8 { policy.note(.clean) }
    policy.note(.overtaken)
    for _ in 0..<16 { policy.note(.clean) }
    #expect(policy.way != .staged, "it went well, so the stay is short again")
  }

  @Test(arguments: zip([WritingChoice.straight, .probe, .staged], [WritingWay.straight, .probe, .staged]))
  func keepsToTheOperatorsChoice(_ choice: WritingChoice, _ way: WritingWay) {
    #expect(Set(ways([.oldDuplicates, .overtaken, .overtaken, .clean], choice: choice)) == [way])
  }

  @Test func neverRepeatsTheWayThatMetAStoredKey() {
    #expect(WritingWay.straight.afterCollision == .probe)
    #expect(WritingWay.probe.afterCollision == .staged)
    #expect(WritingWay.staged.afterCollision == .staged)
  }
}
