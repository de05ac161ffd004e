import NIOCore
import Testing

@testable import HTTPAdmin

/// Tests of the memory for bodies, with a clock that the test moves.
@Suite("BodyShares")
final class BodySharesTests {
  private var shares = BodyShares(limit: 100_000)
  private var now = NIODeadline.uptimeNanoseconds(1_000_000_000)

  private func add(_ bytes: Int, to holder: BodyShares.Holder) -> Bool {
    shares.add(bytes, to: holder, at: now)
  }

  private func leave(_ holder: BodyShares.Holder) -> [BodyShares.Holder] { shares.leave(holder, at: now) }

  /// Returns the current decisions by connection.
  private func check() -> [BodyShares.Holder: BodyShares.Decision] {
    Dictionary(shares.check(at: now).told) { first, _ in first }
  }

  @Test func countsBytesThatArrivedAndNotThoseAnnounced() {
    #expect(add(1, to: 1))
    #expect(shares.bytes == 1)
    #expect(add(99_999, to: 2))
    #expect(!add(1, to: 3))
  }

  @Test func continuesWhenOtherBodiesAreDone() {
    _ = shares.add(100_000, to: 1, at: now)
    #expect(!add(10, to: 2))
    _ = shares.complete(1)
    let admitted = shares.release(100_000, of: 1, at: now)
    #expect(admitted == [2])
    #expect(add(10, to: 2))
  }

  @Test func aBodyThatStallsEndsForAWaitingOne() {
    _ = shares.add(60_000, to: 1, at: now)
    _ = shares.add(40_000, to: 2, at: now)
    now = now + .milliseconds(500)
    #expect(!add(10, to: 3))
    #expect(check() == [:])
    now = now + .milliseconds(500)
    let told = check()
    #expect(told.count == 1 && told.values.allSatisfy { $0 == .stalls } && told[3] == nil)
    // Each connection receives its decision once.
    #expect(Set(check().keys).isDisjoint(with: told.keys))
  }

  @Test func aCompleteBodyIsNeverEnded() {
    _ = shares.add(100_000, to: 1, at: now)
    _ = shares.complete(1)
    #expect(!add(10, to: 2))
    now = now + .seconds(4)
    #expect(check() == [:])
    now = now + .seconds(1)
    #expect(check() == [2: .noRoom])
  }

  @Test func theSmallestBodyEndsWhenAllWaitForEachOther() {
    _ = shares.add(100_000, to: 1, at: now)
    #expect(!add(10, to: 1))
    #expect(!add(10, to: 2))
    #expect(check() == [2: .noRoom])
    #expect(leave(2) == [])
    #expect(check() == [1: .noRoom])
  }

  @Test func releasesTheBytesOfAClosedConnection() {
    _ = shares.add(100_000, to: 1, at: now)
    #expect(!add(10, to: 2))
    #expect(leave(1) == [2])
    #expect(leave(2) == [])
    #expect(shares.bytes == 0)
  }
}
