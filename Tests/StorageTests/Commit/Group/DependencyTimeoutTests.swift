import Testing

@testable import Storage

/// The time for which a group waits for the groups whose keys it left out.
@Suite struct DependencyTimeoutTests {
  @Test func aGroupWaitsTwiceAsLongAsItsOwnAttemptTook() {
    #expect(GroupTransaction.dependencyTimeout(after: .milliseconds(400)) == .milliseconds(800))
  }

  @Test func aFastGroupWaitsForAQuarterOfASecond() {
    #expect(GroupTransaction.dependencyTimeout(after: .milliseconds(3)) == .milliseconds(250))
  }

  @Test func aDeadlockThroughAnotherServerEndsAfterTwoSeconds() {
    #expect(GroupTransaction.dependencyTimeout(after: .seconds(60)) == .seconds(2))
  }
}
