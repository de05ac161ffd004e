import Testing

@testable import Storage
@testable import StoreInterface

@Suite struct AvailabilityTests {
  private let start = ContinuousClock.now

  @Test func remembersTheFirstOfManyFailures() {
    let availability = Availability()
    #expect(availability.unavailableSince == nil)
    availability.failed(.registrar, at: start)
    availability.failed(.registrar, at: start + .seconds(1))
    #expect(availability.unavailableSince == start)
    availability.succeeded(.registrar)
    #expect(availability.unavailableSince == nil)
    availability.failed(.registrar, at: start + .seconds(2))
    #expect(availability.unavailableSince == start + .seconds(2))
  }

  @Test func theSuccessOfOneIsNotThatOfAnother() {
    let availability = Availability()
    availability.failed(.writer(1), at: start + .seconds(1))
    availability.failed(.registrar, at: start)
    availability.succeeded(.registrar)
    availability.succeeded(.writer(0))
    #expect(availability.unavailableSince == start + .seconds(1))
    availability.succeeded(.writer(1))
    #expect(availability.unavailableSince == nil)
  }
}
