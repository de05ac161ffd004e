import Testing

@testable import HTTPAdmin

@Suite("ConnectionList")
final class ConnectionListTests {
  private var list = ConnectionList(places: 3, extraPlaces: 1)

  /// Adds a connection.
  private func enter(_ member: UInt64) -> ConnectionList.Entry { list.enter(member) }

  @Test func aNewConnectionReplacesTheOldestSilentOne() {
    for member in 1...3 as ClosedRange<UInt64> { #expect(enter(member) == .ordinary(victim: nil)) }
    list.begin(1)
    #expect(enter(4) == .ordinary(victim: 2))
    #expect(enter(5) == .ordinary(victim: 3))
    #expect(list.count == 3)
  }

  @Test func silentConnectionsEndBeforeIdleOnes() {
    for member in 1...3 as ClosedRange<UInt64> {
      _ = list.enter(member)
      list.begin(member)
    }
    list.wait(2)
    list.wait(1)
    list.leave(3)
    #expect(enter(4) == .ordinary(victim: nil))
    #expect(enter(5) == .ordinary(victim: 4))
    list.begin(5)
    #expect(enter(6) == .ordinary(victim: 2))
    list.begin(6)
    #expect(enter(7) == .ordinary(victim: 1))
  }

  @Test func busyConnectionsStayAndMonitoringHasExtraPlaces() {
    for member in 1...3 as ClosedRange<UInt64> {
      _ = list.enter(member)
      list.begin(member)
    }
    #expect(enter(4) == .extra(victim: nil))
    // The extra connection has sent nothing yet, so the next one replaces it.
    #expect(enter(5) == .extra(victim: 4))
    list.begin(5)
    #expect(enter(6) == .refused)
    list.leave(1)
    #expect(enter(7) == .extra(victim: nil))
    list.leave(2)
    list.leave(3)
    #expect(enter(8) == .ordinary(victim: nil))
  }

  @Test func aBusyConnectionBecomesIdleAgain() {
    for member in 1...3 as ClosedRange<UInt64> { _ = list.enter(member) }
    for _ in 0..<1_000 {
      list.begin(1)
      list.wait(1)
    }
    #expect(enter(4) == .ordinary(victim: 2))
    #expect(enter(5) == .ordinary(victim: 3))
    list.begin(4)
    list.begin(5)
    #expect(enter(6) == .ordinary(victim: 1))
  }
}
