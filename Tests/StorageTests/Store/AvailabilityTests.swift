import Testing

@testable import Storage

@Suite struct AvailabilityTests {
  private let start = ContinuousClock.now

  @Test func remembersTheFirstOfManyFailures() {
    let availability = Availability()
    #expect(availability.awaySince == nil)
    availability.failed(.registrar, at: start)
    availability.failed(.registrar, at: start + .seconds(1))
    #expect(availability.awaySince == start)
    availability.succeeded(.registrar)
    #expect(availability.awaySince == nil)
    availability.failed(.registrar, at: start + .seconds(2))
    #expect(availability.awaySince == start + .seconds(2))
  }

  @Test func theSuccessOfOneIsNotThatOfAnother() {
    let availability = Availability()
    availability.failed(.writer(1), at: start + .seconds(1))
    availability.failed(.registrar, at: start)
    availability.succeeded(.registrar)
    availability.succeeded(.writer(0))
    #expect(availability.awaySince == start + .seconds(1))
    availability.succeeded(.writer(1))
    #expect(availability.awaySince == nil)
  }
}
