import Testing

@testable import Ingest

/// The rates of a quota over time.
struct QuotaMeterTests {
  private let now = ContinuousClock.now

  @Test(arguments: [
    (PublishQuota(events: 100), 200, 0, false), (PublishQuota(events: 100), 201, 0, true),
    (PublishQuota(bytes: 1_000), 1, 2_000, false), (PublishQuota(bytes: 1_000), 1, 2_001, true),
    (PublishQuota(events: 100, bytes: 1_000), 1, 2_001, true), (.unlimited, 1 << 30, 1 << 40, false),
  ])
  func twoSecondsMayBeSentAtOnce(_ quota: PublishQuota, _ events: Int, _ bytes: Int, _ isUsedUp: Bool) {
    var meter = QuotaMeter()
    meter.count(events: events, bytes: bytes, quota, at: now)
    #expect(meter.isUsedUp(at: now) == isUsedUp)
  }

  @Test func theRateIsPermittedForEver() {
    var meter = QuotaMeter()
    let quota = PublishQuota(events: 100)
    for second in 0..<100 {
      let time = now + .seconds(second)
      meter.count(events: 100, bytes: 1, quota, at: time)
      #expect(!meter.isUsedUp(at: time))
    }
    // The burst is used up once, and comes back with time.
    let end = now + .seconds(100)
    meter.count(events: 300, bytes: 1, quota, at: end)
    #expect(meter.isUsedUp(at: end))
    #expect(!meter.isUsedUp(at: end + .seconds(1)))
  }

  @Test func connectionsAreCountedForEachPrincipal() {
    let accounts = QuotaAccounts()
    let quota = PublishQuota(connections: 2)
    #expect(accounts.open("one", quota))
    #expect(accounts.open("one", quota))
    #expect(!accounts.open("one", quota))
    #expect(accounts.open("two", quota))
    accounts.close("one")
    #expect(accounts.open("one", quota))
  }

  @Test func aQuotaIsSharedByTheConnectionsOfAPrincipal() {
    let accounts = QuotaAccounts()
    let quota = PublishQuota(events: 10)
    #expect(!accounts.count(events: 15, bytes: 0, of: "one", quota, at: now))
    #expect(accounts.count(events: 15, bytes: 0, of: "one", quota, at: now))
    #expect(accounts.isUsedUp(by: "one", at: now))
    #expect(!accounts.isUsedUp(by: "two", at: now))
    #expect(!accounts.isUsedUp(by: "one", at: now + .seconds(1)))
  }

  @Test func theUseNamesTheBoundsAndTheTimeUntilCreditIsGivenAgain() {
    let accounts = QuotaAccounts()
    let quota = PublishQuota(events: 10, bytes: 1_000)
    #expect(accounts.open("one", quota))
    #expect(accounts.use(of: ["one", "two"], at: now) == ["one": QuotaUse(connections: 1)])
    _ = accounts.count(events: 50, bytes: 2_500, of: "one", quota, at: now)
    #expect(
      accounts.use(of: ["one"], at: now)
        == ["one": QuotaUse(exceeded: [.events, .bytes], delay: .seconds(3), connections: 1)])
    #expect(
      accounts.use(of: ["one"], at: now + .seconds(1))
        == ["one": QuotaUse(exceeded: [.events], delay: .seconds(2), connections: 1)])
    #expect(accounts.use(of: ["one"], at: now + .seconds(3)) == ["one": QuotaUse(connections: 1)])
    #expect(accounts.use(of: [], at: now).isEmpty)
  }
}
