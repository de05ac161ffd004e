import ClientLib
import Testing

@testable import Publisher

@Suite struct RunPlanTests {
  @Test func givesEachConnectionItsOwnIdentityAndName() {
    let plan = RunPlan.sample(.lines(path: "-"), [], connections: 2)
    let (one, other) = (plan.configuration(ofConnection: 0), plan.configuration(ofConnection: 1))
    #expect(one.identity != other.identity)
    #expect([one.name, other.name] == ["sluice-publish 1/2", "sluice-publish 2/2"])
    #expect(one.connectTimeout == plan.timeout)
    #expect(one.batchEvents == plan.batch)
  }

  @Test func usesTheConfiguredIdentity() {
    var plan = RunPlan.sample(.lines(path: "-"), [])
    plan.producer = Producer.Identity("00000000-0000-4000-8000-000000000000")
    #expect(plan.configuration(ofConnection: 0).identity == plan.producer)
  }

  @Test func knowsTheNumberOfEventsOnlyWhenTheyAreGenerated() {
    #expect(RunPlan.sample(.generator(.sample(), events: 7), []).events == 7)
    #expect(RunPlan.sample(.lines(path: "-"), []).events == nil)
  }

  @Test func publishesABatchForEachServerAtOnceWhenKeysAreSpread() {
    var plan = RunPlan.sample(.lines(path: "-"), [], batch: 400)
    plan.endpoints = ["a", "b", "a"].map { ClientLib.Endpoint(host: $0, port: 1) }
    #expect(plan.placesAtOnce == 400)
    #expect(plan.configuration(ofConnection: 1).spread == .none)
    #expect(plan.endpoints(ofConnection: 1).map(\.description) == ["b:1", "a:1", "a:1"])
    plan.spreadsKeys = true
    #expect(plan.placesAtOnce == 800)
    #expect(plan.configuration(ofConnection: 1).spread == .byKey)
    #expect(plan.configuration(ofConnection: 1).batchEvents == 500)
    #expect(plan.endpoints(ofConnection: 1) == plan.endpoints)
  }

  @Test func spreadsConnectionsOverEndpoints() {
    let endpoints = ["a", "b", "c"].map { ClientLib.Endpoint(host: $0, port: 1) }
    #expect(endpoints.rotated(by: 1).map(\.description) == ["b:1", "c:1", "a:1"])
    #expect(endpoints.rotated(by: 3) == endpoints)
  }
}
