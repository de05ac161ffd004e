import Ingest
import StoreInterface
import Testing

@testable import Storage

@Suite struct StrategySelectorTests {
  private func strategies(_ experiences: [StrategySelector.Experience], choice: CommitStrategySetting = .auto)
    -> [StrategyName]
  {
    var selector = StrategySelector(choice)
    return experiences.map { experience in
      selector.note(experience)
      return selector.strategy
    }
  }

  @Test func beginsWithPipelinedInsert() {
    #expect(StrategySelector(.auto).strategy == .pipelinedInsert)
  }

  @Test func putsUpWithOneGroupInEightThatHadOldDuplicates() {
    let rare = (0..<40).map { $0 % 8 == 0 ? StrategySelector.Experience.oldDuplicates : .clean }
    #expect(Set(strategies(rare)) == [.pipelinedInsert])
  }

  @Test func asksFirstWhileOldDuplicatesAreFrequent() {
    #expect(strategies([.oldDuplicates, .clean, .clean, .oldDuplicates]).last == .lookupThenCopy)
  }

  @Test func returnsToPipelinedInsertWhenTheyAreGone() {
    let clean = [StrategySelector.Experience](repeating: .clean, count: 8)
    let strategies = strategies([.oldDuplicates, .oldDuplicates] + clean)
    #expect(strategies[1...7].allSatisfy { $0 == .lookupThenCopy })
    #expect(strategies[9] == .pipelinedInsert)
  }

  @Test func stagesForAWhileWhenItIsOvertaken() {
    let strategies = strategies([.conflict] + [StrategySelector.Experience](repeating: .clean, count: 20))
    #expect(strategies.count { $0 == .stagedInsert } == 16)
    #expect(strategies.last == .pipelinedInsert)
  }

  @Test func stagesWhenItIsLeftAloneTwiceInEightGroups() {
    #expect(
      strategies([.dependencyTimeout] + [StrategySelector.Experience](repeating: .clean, count: 7)).last
        == .pipelinedInsert)
    #expect(strategies([.dependencyTimeout, .clean, .clean, .dependencyTimeout]).last == .stagedInsert)
  }

  @Test func stagesLongerEachTimeUntilItGoesWell() {
    var selector = StrategySelector(.auto)
    var stays: [Int] = []
    for _ in 0..<6 {
      selector.note(.conflict)
      var stay = 0
      while selector.strategy == .stagedInsert {
        stay += 1
        selector.note(.oldDuplicates)
      }
      stays.append(stay)
    }
    #expect(stays == [16, 32, 64, 128, 256, 256])
    for _ in 0..<8 { selector.note(.clean) }
    selector.note(.conflict)
    for _ in 0..<16 { selector.note(.clean) }
    #expect(selector.strategy != .stagedInsert, "it went well, so the stay is short again")
  }

  @Test(
    arguments: zip(
      [CommitStrategySetting.directCopy, .lookupThenCopy, .stagedInsert],
      [StrategyName.directCopy, .lookupThenCopy, .stagedInsert]))
  func keepsToTheOperatorsChoice(_ choice: CommitStrategySetting, _ strategy: StrategyName) {
    #expect(Set(strategies([.oldDuplicates, .conflict, .conflict, .clean], choice: choice)) == [strategy])
  }

  @Test(
    arguments: zip(
      StrategyName.allCases,
      [StrategyName.lookupThenCopy, .lookupThenCopy, .stagedInsert, .stagedInsert]))
  func neverRepeatsTheStrategyThatMetAStoredKey(_ strategy: StrategyName, _ next: StrategyName) {
    #expect(strategy.afterConflict == next)
  }
}
