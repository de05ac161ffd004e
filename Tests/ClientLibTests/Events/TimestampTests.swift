import Foundation
import Testing

@testable import ClientLib

@Suite struct TimestampTests {
  @Test func isTheSystemsTimeInMicroseconds() {
    let before = Date().timeIntervalSince1970
    let now = Double(Timestamp.now.microseconds) / 1_000_000
    let after = Date().timeIntervalSince1970
    #expect(now >= before - 0.001 && now <= after + 0.001)
  }

  @Test func comparesByTime() {
    #expect(Timestamp(microseconds: -1) < Timestamp(microseconds: 0))
    #expect(Timestamp(microseconds: 5) == Timestamp(microseconds: 5))
  }
}
