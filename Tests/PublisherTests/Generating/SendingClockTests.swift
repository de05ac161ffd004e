import ClientLib
import Synchronization
import Testing

@testable import Publisher

struct SendingClockTests {
  /// Each look at the clock is a second later.
  private func clock() -> SendingClock {
    let looks = Looks()
    return SendingClock { Timestamp(microseconds: looks.next() * 1_000_000) }
  }

  @Test func anOriginalHasTheTimeOfItsFirstSending() {
    let clock = clock()
    var (one, other) = (SendingClock.Times(), SendingClock.Times())
    #expect(one.time(of: 0, clock).microseconds == 1_000_000)
    #expect(one.time(of: 999, clock).microseconds == 1_000_999)
    #expect(one.time(of: 5_001, clock).microseconds == 2_000_001)
    #expect(one.time(of: 1_000, clock).microseconds == 3_000_000)
    // A duplicate that another connection sends has the time of its original.
    #expect(other.time(of: 5_000, clock).microseconds == 2_000_000)
    #expect(other.time(of: 1, clock).microseconds == 1_000_001)
  }
}

/// A counter that a closure can share.
private final class Looks: Sendable {
  private let count = Atomic<Int64>(0)

  func next() -> Int64 { count.wrappingAdd(1, ordering: .relaxed).newValue }
}
