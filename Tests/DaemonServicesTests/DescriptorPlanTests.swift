import DaemonConfiguration
import Testing

@testable import DaemonServices

struct DescriptorPlanTests {
  @Test func changesNothingWhenThereAreEnough() {
    let plan = DescriptorPlan(limit: 1 << 20, DaemonSettings(), processors: 2)
    #expect(plan.settings.limits.connections == 10_000)
    #expect(plan.settings.httpLimits.connections == 1_000)
    #expect(plan.warning == nil)
  }

  @Test(arguments: [256, 300, 1_024, 4_096])
  func connectionsNeverTakeThoseOfTheDatabase(limit: Int) {
    let plan = DescriptorPlan(limit: limit, DaemonSettings(), processors: 2)
    let taken = plan.settings.limits.connections + 64 + plan.settings.httpLimits.connections
    #expect(taken + 76 <= limit)
    #expect(plan.settings.limits.connections > limit / 8)
    #expect(plan.warning?.contains("the system grants \(limit) open files") == true)
  }

  @Test func raisesTheLimitAsFarAsTheSystemAllows() {
    #expect(DescriptorPlan.raiseLimit() >= 256)
  }
}
