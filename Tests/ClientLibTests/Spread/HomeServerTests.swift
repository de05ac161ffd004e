import Testing

@testable import ClientLib

@Suite struct HomeServerTests {
  private var home = HomeServer()
  private var generator = SystemRandomNumberGenerator()

  private mutating func connect(to endpoint: Int, at seconds: Int) {
    home.connected(to: endpoint, now: start + .seconds(seconds), using: &generator)
  }

  @Test mutating func isAvailableWhileItsChannelIsConnectedToIt() {
    #expect(!home.isAvailable)
    connect(to: 0, at: 0)
    #expect(home.isAvailable)
    home.left()
    #expect(!home.isAvailable)
  }

  @Test mutating func staysAvailableForAMomentWithoutAConnection() {
    connect(to: 0, at: 0)
    home.disconnected(now: start)
    let tries = [home.tick(now: start), home.tick(now: start + HomeServer.grace - .milliseconds(1))]
    #expect(tries == [false, false])
    #expect(home.isAvailable)
    let isDue1 = home.tick(now: start + HomeServer.grace)
    #expect(!isDue1)
    #expect(!home.isAvailable)
  }

  @Test mutating func isNotAvailableWhenItsChannelUsesAnotherServer() {
    connect(to: 0, at: 0)
    home.disconnected(now: start)
    connect(to: 2, at: 0)
    #expect(!home.isAvailable)
  }

  @Test mutating func triesToGetBackWithinItsLongestPauseEachTime() {
    connect(to: 1, at: 0)
    var now = start
    for _ in 0..<20 {
      let before = now
      while !home.tick(now: now) { now += .milliseconds(500) }
      #expect(now - before <= HomeServer.longestPause + .milliseconds(500))
      home.returnFailed(now: now, using: &generator)
    }
  }

  @Test mutating func triesOnceAtATime() {
    connect(to: 1, at: 0)
    let tries = [home.tick(now: start + .seconds(60)), home.tick(now: start + .seconds(120))]
    #expect(tries == [true, false])
  }

  @Test mutating func doesNotTryWithoutAConnectionToAnotherServer() {
    connect(to: 1, at: 0)
    home.disconnected(now: start)
    let isDue2 = home.tick(now: start + .seconds(60))
    #expect(!isDue2)
    connect(to: 0, at: 60)
    let isDue3 = home.tick(now: start + .seconds(120))
    #expect(!isDue3)
  }

  /// A server whose connections break at once must not draw its channel back every second.
  @Test mutating func waitsLongerWhenTheServerDoesNotLast() {
    var (now, waits) = (start, [Duration]())
    for _ in 0..<8 {
      home.connected(to: 1, now: now, using: &generator)
      let before = now
      while !home.tick(now: now) { now += .milliseconds(100) }
      waits.append(now - before)
      home.connected(to: 0, now: now, using: &generator)
      _ = home.tick(now: now)
      home.disconnected(now: now)
    }
    #expect(waits[0] <= .milliseconds(2_100))
    #expect(waits.dropFirst(6).allSatisfy { $0 >= HomeServer.longestPause / 2 })
  }
}
