import Testing

@testable import WireProtocol

struct LivenessTests {
  private let start = ContinuousClock.now

  @Test func aHeartbeatIsDueWhenNothingWasSent() {
    var liveness = Liveness(heartbeat: .seconds(15), idleTimeout: .seconds(45), now: start)
    #expect(liveness.status(at: start + .milliseconds(14_999)) == .fine)
    #expect(liveness.status(at: start + .seconds(15)) == .heartbeatDue)
    liveness.sent(at: start + .seconds(15))
    #expect(liveness.status(at: start + .seconds(29)) == .fine)
  }

  @Test func aHeartbeatIsDueToASilentPeer() {
    let liveness = Liveness(heartbeat: .seconds(15), idleTimeout: .seconds(45), now: start)
    #expect(liveness.status(at: start + .seconds(45)) == .peerSilent)
    #expect(liveness.isHeartbeatDue(at: start + .seconds(45)))
  }

  @Test func theIdleTimeoutCountsWhatThePeerSends() {
    var liveness = Liveness(heartbeat: .seconds(15), idleTimeout: .seconds(45), now: start)
    liveness.sent(at: start + .seconds(44))
    #expect(liveness.status(at: start + .seconds(45)) == .peerSilent)
    liveness.received(at: start + .seconds(44))
    #expect(liveness.status(at: start + .seconds(58)) == .fine)
  }

  @Test func theIdleTimeoutStopsWhileReadingIsPaused() {
    var liveness = Liveness(heartbeat: .seconds(15), idleTimeout: .seconds(45), now: start)
    liveness.readingChanged(false, at: start)
    liveness.sent(at: start + .seconds(99))
    #expect(liveness.status(at: start + .seconds(100)) == .fine)
    liveness.readingChanged(true, at: start + .seconds(100))
    liveness.sent(at: start + .seconds(144))
    #expect(liveness.status(at: start + .seconds(144)) == .fine)
    #expect(liveness.status(at: start + .seconds(145)) == .peerSilent)
  }
}

struct BodyProgressTests {
  private let start = ContinuousClock.now

  @Test func betweenFramesNothingStalls() {
    var progress = BodyProgress(period: .seconds(10))
    progress.held(0, at: start)
    #expect(!progress.isStalled(at: start + .seconds(1_000)))
  }

  @Test func aByteASecondIsNoProgress() {
    var progress = BodyProgress(period: .seconds(10))
    for second in 0..<10 { progress.held(100 + second, at: start + .seconds(second)) }
    #expect(!progress.isStalled(at: start + .milliseconds(9_999)))
    #expect(progress.isStalled(at: start + .seconds(10)))
  }

  @Test func eachQuantumBeginsANewPeriod() {
    var progress = BodyProgress(period: .seconds(10))
    progress.held(1, at: start)
    progress.held(1 + BodyProgress.quantum, at: start + .seconds(9))
    #expect(!progress.isStalled(at: start + .seconds(18)))
    #expect(progress.isStalled(at: start + .seconds(19)))
  }

  @Test func theEndOfABodyEndsThePeriod() {
    var progress = BodyProgress(period: .seconds(10))
    progress.held(500, at: start)
    progress.held(0, at: start + .seconds(1))
    #expect(!progress.isStalled(at: start + .seconds(60)))
  }

  @Test func aPauseOfThisSideBeginsThePeriodAnew() {
    var progress = BodyProgress(period: .seconds(10))
    progress.held(500, at: start)
    progress.readingChanged(false, at: start + .seconds(1))
    #expect(!progress.isStalled(at: start + .seconds(60)), "the peer is not to blame while this side waits")
    progress.readingChanged(true, at: start + .seconds(60))
    #expect(!progress.isStalled(at: start + .seconds(69)))
    #expect(progress.isStalled(at: start + .seconds(70)))
  }
}
