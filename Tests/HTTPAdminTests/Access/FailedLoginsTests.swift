import Testing

@testable import HTTPAdmin

struct FailedLoginsTests {
  private let start = ContinuousClock.now

  @Test func permitsABurstThenOneInEachInterval() {
    var failures = FailedLogins()
    for _ in 0..<FailedLogins.burst { expect(&failures, from: [1], at: start, true) }
    expect(&failures, from: [1], at: start, false)
    expect(&failures, from: [2], at: start, true)
    expect(&failures, from: [1], at: start + FailedLogins.interval, true)
    expect(&failures, from: [1], at: start + FailedLogins.interval, false)
    let later = start + FailedLogins.interval * 100
    for _ in 0..<FailedLogins.burst { expect(&failures, from: [1], at: later, true) }
    expect(&failures, from: [1], at: later, false)
  }

  @Test func remembersABoundedNumberOfAddresses() {
    var failures = FailedLogins()
    for number in 0..<(FailedLogins.addressLimit * 2) {
      expect(&failures, from: [UInt8(number >> 8 & 255), UInt8(number & 255)], at: start, true)
      #expect(failures.count <= FailedLogins.addressLimit)
    }
  }

  private func expect(
    _ failures: inout FailedLogins, from address: [UInt8], at now: ContinuousClock.Instant, _ isWithin: Bool
  ) {
    let result = failures.add(from: address, at: now)
    #expect(result == isWithin)
  }
}
