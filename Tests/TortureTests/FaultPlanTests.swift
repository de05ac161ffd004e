import Testing

@testable import Torture

/// Plans with equal seeds, lengths and numbers of workers are equal.
struct FaultPlanTests {
  @Test func theSameSeedIsTheSamePlan() {
    let plan = FaultPlan(seed: 7, seconds: 100, workers: 4)
    #expect(plan == FaultPlan(seed: 7, seconds: 100, workers: 4))
    #expect(plan.fingerprint == FaultPlan(seed: 7, seconds: 100, workers: 4).fingerprint)
    #expect(plan.fingerprint != FaultPlan(seed: 8, seconds: 100, workers: 4).fingerprint)
  }

  @Test func theLongRunHasWhatTheBarAsksFor() {
    for seed in UInt64(1)...5 {
      let faults = FaultPlan(seed: seed, seconds: 900, workers: 4).entries.map(\.fault)
      func count(_ isWanted: (PlannedFault) -> Bool) -> Int { faults.filter(isWanted).count }
      #expect(count { if case .killServer = $0 { true } else { $0 == .killServerAtCommit(.busier) } } >= 220)
      #expect(count { if case .crashPostgres = $0 { true } else { false } } >= 20)
      #expect(count { if case .cutCommit = $0 { true } else { false } } >= 300)
      #expect(count { if case .cutIngest = $0 { true } else { false } } >= 1_000)
    }
  }

  @Test func timesRiseAndLieInTheRun() {
    let times = FaultPlan(seed: 3, seconds: 50, workers: 2).entries.map(\.milliseconds)
    #expect(times == times.sorted())
    #expect(times.allSatisfy { 0..<50_000 ~= $0 })
  }
}
