import Testing

@testable import Storage

@Suite struct OrphanWatchTests {
  private let start = ContinuousClock.now
  private let age = Duration.seconds(5)

  private func backend(_ pid: Int64 = 1, isOld: Bool = true, copied bytes: Int64?) -> OrphanWatch.Backend {
    OrphanWatch.Backend(pid: pid, since: "then", isOld: isOld, copiedBytes: bytes)
  }

  @Test func endsATransactionThatIsIdleForLong() {
    var watch = OrphanWatch()
    let (old, young) = (backend(1, copied: nil), backend(2, isOld: false, copied: nil))
    #expect(watch.orphans(among: [old, young], age: age, at: start) == [old])
  }

  @Test func endsNoCopyThatReceivesBytesHoweverLongItTakes() {
    var watch = OrphanWatch()
    for second in 0..<100 {
      let seen = backend(copied: Int64(second))
      #expect(watch.orphans(among: [seen], age: age, at: start + .seconds(second)) == [])
    }
  }

  @Test func endsACopyThatReceivesNothingForLong() {
    var watch = OrphanWatch()
    let seen = backend(copied: 7)
    #expect(watch.orphans(among: [seen], age: age, at: start) == [])
    #expect(watch.orphans(among: [seen], age: age, at: start + .seconds(4)) == [])
    #expect(watch.orphans(among: [seen], age: age, at: start + .seconds(5)) == [seen])
  }

  @Test func takesTheNextCopyOfABackendForAnotherOne() {
    var watch = OrphanWatch()
    _ = watch.orphans(among: [backend(copied: 7)], age: age, at: start)
    let next = OrphanWatch.Backend(pid: 1, since: "later", isOld: true, copiedBytes: 7)
    #expect(watch.orphans(among: [next], age: age, at: start + .seconds(9)) == [])
  }
}
