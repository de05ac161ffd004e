import Base
import Synchronization
import TestSupport
import Testing

@testable import Storage

@Suite struct SearchBudgetTests {
  @Test func aSearchAloneHasNoPause() {
    var budget = SearchBudget(.milliseconds(240))
    for _ in 0..<4 {
      budget.work(.milliseconds(59), isHurried: false)
      #expect(budget.pause == .zero && !budget.isSpent)
    }
    #expect(budget.left == .milliseconds(4) && budget.stepLimit == .milliseconds(4))
    budget.work(.milliseconds(5), isHurried: false)
    #expect(budget.isSpent && budget.left == .zero)
  }

  @Test func theFirstEighthOfABudgetHasNoPause() {
    var budget = SearchBudget(.milliseconds(240))
    budget.work(.milliseconds(20), isHurried: true)
    #expect(budget.pause == .zero)
    budget.work(.milliseconds(15), isHurried: true)
    #expect(budget.pause == .milliseconds(15), "three times the 5 ms beyond the eighth")
    budget.spend(budget.pause)
    #expect(budget.pause == .zero && budget.spent == .milliseconds(50))
    budget.work(.milliseconds(10), isHurried: true)
    #expect(budget.pause == .milliseconds(30))
  }

  @Test func pausesAreTimeOfTheSearch() {
    var budget = SearchBudget(.milliseconds(240))
    var worked = Duration.zero
    while !budget.isSpent {
      budget.work(.milliseconds(10), isHurried: true)
      worked += .milliseconds(10)
      budget.spend(budget.pause)
    }
    #expect(worked == .milliseconds(80))
    #expect(budget.spent <= budget.limit)
  }

  @Test func aStepLeavesTimeForItsPause() {
    var budget = SearchBudget(.milliseconds(240))
    budget.work(.milliseconds(40), isHurried: true)
    budget.spend(.milliseconds(40))
    #expect(budget.stepLimit == .milliseconds(40))
    budget.work(.milliseconds(20), isHurried: false)
    #expect(budget.pause == .zero && budget.stepLimit == .milliseconds(140), "the commits are done")
  }

  @Test func aPauseEndsWithTheServer() {
    let closing = StopSignal()
    closing.set()
    var budget = SearchBudget(.seconds(600))
    let pace = SearchPace(isCommitting: { true }, closing: closing)
    pace.spend(.seconds(100), of: &budget)
    #expect(budget.spent < .seconds(101) && budget.pause == .zero)
  }

  @Test func pausesWhileBatchesWaitForTheirCommit() {
    let isCommitting = Atomic(true)
    let pace = SearchPace { isCommitting.load(ordering: .relaxed) }
    var budget = SearchBudget(.milliseconds(8))
    pace.spend(.milliseconds(2), of: &budget)
    #expect(budget.spent >= .milliseconds(5))
    isCommitting.store(false, ordering: .relaxed)
    var other = SearchBudget(.milliseconds(8))
    pace.spend(.milliseconds(2), of: &other)
    #expect(other.spent == .milliseconds(2))
  }
}
