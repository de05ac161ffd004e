import Testing

@testable import ClientLib

@Suite struct EventIDTests {
  private func id(_ microseconds: Int64, random: UInt64 = 0) -> String {
    var generator = ConstantGenerator(number: random)
    return EventID.rising(at: Timestamp(microseconds: microseconds), using: &generator)
  }

  @Test func hasTwentySixCharactersOfBase32() {
    let digits = Set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    for id in [EventID.rising(), id(0), id(.max), id(.min), id(1, random: .max)] {
      #expect(id.count == 26)
      #expect(id.allSatisfy { digits.contains($0) })
    }
  }

  /// The example of the ULID specification: 1469918176385 ms are 01ARYZ6S41.
  @Test func beginsWithTheMillisecondsOfAULID() {
    #expect(id(1_469_918_176_385_000).hasPrefix("01ARYZ6S41"))
  }

  @Test func risesWithEveryMicrosecond() {
    let times: [Int64] = [0, 1, 999, 1_000, 1_001, 1_700_000_000_000_000, 1_700_000_000_000_001, 1 << 57]
    let ids = times.map { id($0, random: .max) }
    #expect(ids == ids.sorted())
    #expect(Set(ids).count == ids.count)
    for (earlier, later) in zip(times, times.dropFirst()) {
      #expect(id(earlier, random: .max) < id(later, random: 0))
    }
  }

  @Test func differsWithinAMicrosecond() {
    var generator = SystemRandomNumberGenerator()
    let now = Timestamp.now
    let ids = Set((0..<10_000).map { _ in EventID.rising(at: now, using: &generator) })
    #expect(ids.count == 10_000)
  }

  @Test func clampsTimesWithoutAPlace() {
    #expect(id(-1) == id(0))
    #expect(id(.max).first == "7")
  }
}
