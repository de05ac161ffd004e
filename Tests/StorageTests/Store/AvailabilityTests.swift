import Testing

@testable import Storage

@Suite struct AvailabilityTests {
  @Test func remembersTheFirstOfManyFailures() {
    let availability = Availability()
    let start = ContinuousClock.now
    #expect(availability.awaySince == nil)
    availability.failed(at: start)
    availability.failed(at: start + .seconds(1))
    #expect(availability.awaySince == start)
    availability.succeeded()
    #expect(availability.awaySince == nil)
    availability.failed(at: start + .seconds(2))
    #expect(availability.awaySince == start + .seconds(2))
  }
}
