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

  @Test func takesTurnsForAWhileWhenItIsOvertaken() {
    var selector = StrategySelector(.auto)
    #expect(!selector.takesTurn)
    selector.note(.conflict)
    for _ in 0..<16 {
      #expect(selector.takesTurn && selector.strategy == .lookupThenCopy)
      selector.note(.clean)
    }
    #expect(!selector.takesTurn && selector.strategy == .pipelinedInsert)
  }

  /// A writer may find another database, in which no group may read events before it copies into them.
  @Test func endsTurnsWhenTheyAreNoLongerAllowed() {
    var selector = StrategySelector(.auto)
    selector.note(.conflict)
    selector.allowsTurns = false
    #expect(!selector.takesTurn && selector.strategy == .lookupThenCopy)
    selector.join(conflicts: 5)
    #expect(!selector.takesTurn)
  }

  /// The database refuses the faster statements, so neither a turn nor a lookup would help.
  @Test func stagesWithoutTurnsForAWhileAfterAnUnknownError() {
    var selector = StrategySelector(.auto)
    selector.note(.unknownError)
    for _ in 0..<16 {
      selector.join(conflicts: 0)
      #expect(!selector.takesTurn && selector.strategy == .stagedInsert)
      selector.note(.clean)
    }
    #expect(selector.strategy == .pipelinedInsert)
    selector.note(.conflict)
    selector.note(.unknownError)
    #expect(!selector.takesTurn && selector.strategy == .stagedInsert, "it ends the turns")
  }

  @Test func stagesForAWhileWhenItIsOvertakenAndMayNotTakeTurns() {
    var selector = StrategySelector(.auto, mayTakeTurns: false)
    selector.note(.conflict)
    for _ in 0..<16 {
      #expect(!selector.takesTurn && selector.strategy == .stagedInsert)
      selector.note(.clean)
    }
    #expect(selector.strategy == .pipelinedInsert)
    selector.join(conflicts: 5)
    #expect(!selector.takesTurn && selector.strategy == .pipelinedInsert)
  }

  /// A few conflicts are usual, until the other server takes turns, too.
  @Test func stagesInItsTurnWhenHalfOfTheTurnsMeetConflicts() {
    var selector = StrategySelector(.auto)
    selector.note(.conflict)
    for experience in [StrategySelector.Experience.conflict, .conflict, .oldDuplicates, .conflict] {
      selector.note(experience)
      #expect(selector.strategy == .lookupThenCopy)
    }
    selector.note(.conflict)
    #expect(selector.strategy == .stagedInsert && selector.takesTurn)
    for _ in 0..<11 { selector.note(.clean) }
    #expect(!selector.takesTurn && selector.strategy == .pipelinedInsert)
    selector.note(.conflict)
    #expect(selector.strategy == .lookupThenCopy && selector.takesTurn, "each stay begins with lookups")
  }

  @Test func stagesWithoutTurnsWhenAnotherServerKeepsItsTurn() {
    var selector = StrategySelector(.auto)
    selector.note(.conflict)
    selector.note(.dependencyTimeout)
    for _ in 0..<15 {
      #expect(!selector.takesTurn && selector.strategy == .stagedInsert)
      selector.note(.clean)
    }
    #expect(selector.strategy == .pipelinedInsert)
  }

  @Test func takesTurnsWhenAnotherWriterOfTheServerIsOvertaken() {
    var selector = StrategySelector(.auto)
    selector.join(conflicts: 0)
    #expect(!selector.takesTurn)
    selector.join(conflicts: 1)
    for _ in 0..<16 {
      #expect(selector.takesTurn)
      selector.join(conflicts: 1)
      selector.note(.clean)
    }
    selector.join(conflicts: 1)
    #expect(!selector.takesTurn, "a conflict is followed once")
    selector.note(.conflict)
    for _ in 0..<32 { selector.note(.clean) }
    selector.join(conflicts: 2)
    #expect(!selector.takesTurn, "its own conflict is not followed again")
  }

  @Test func stagesWhenItIsLeftAloneTwiceInEightGroups() {
    #expect(
      strategies([.dependencyTimeout] + [StrategySelector.Experience](repeating: .clean, count: 7)).last
        == .pipelinedInsert)
    #expect(strategies([.dependencyTimeout, .clean, .clean, .dependencyTimeout]).last == .stagedInsert)
  }

  @Test func takesTurnsLongerEachTimeUntilItGoesWell() {
    var selector = StrategySelector(.auto)
    var stays: [Int] = []
    for _ in 0..<6 {
      selector.note(.conflict)
      var stay = 0
      while selector.takesTurn {
        stay += 1
        selector.note(.oldDuplicates)
      }
      stays.append(stay)
    }
    #expect(stays == [16, 32, 64, 128, 256, 256])
    for _ in 0..<8 { selector.note(.clean) }
    selector.note(.conflict)
    for _ in 0..<16 { selector.note(.clean) }
    #expect(!selector.takesTurn, "it went well, so the stay is short again")
  }

  @Test(
    arguments: zip(
      [CommitStrategySetting.directCopy, .lookupThenCopy, .stagedInsert],
      [StrategyName.directCopy, .lookupThenCopy, .stagedInsert]))
  func keepsToTheOperatorsChoice(_ choice: CommitStrategySetting, _ strategy: StrategyName) {
    #expect(Set(strategies([.oldDuplicates, .conflict, .conflict, .clean], choice: choice)) == [strategy])
    var selector = StrategySelector(choice)
    selector.note(.conflict)
    #expect(!selector.takesTurn && !selector.mayTakeTurns)
  }

  @Test(
    arguments: zip(
      StrategyName.allCases,
      [StrategyName.lookupThenCopy, .lookupThenCopy, .stagedInsert, .stagedInsert]))
  func neverRepeatsTheStrategyThatMetAStoredKey(_ strategy: StrategyName, _ next: StrategyName) {
    #expect(strategy.afterConflict == next)
  }
}
