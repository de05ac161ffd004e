import Testing

@testable import Storage

@Suite struct PendingTransactionsTests {
  @Test(
    arguments: [
      ([], "10:20:12,15", "10:20:12,15"),
      ([18], "20:20:", "18:20:18"),
      ([13, 11, 13], "12:20:12,15", "11:20:11,12,13,15"),
      ([15], "10:20:12,15", "10:20:12,15"),
    ] as [([UInt32], String, String)])
  func countAsRunning(_ pending: [UInt32], _ snapshot: String, _ expected: String) {
    #expect(PendingTransactions.adding(pending, to: snapshot) == expected)
  }

  /// The catalog has the low halves of the numbers. 2^32 = 4294967296.
  @Test func belongToTheEpochBeforeTheEndOfTheSnapshot() {
    let snapshot = "4294967300:4294967300:"
    #expect(
      PendingTransactions.adding([3, 4_294_967_290], to: snapshot)
        == "4294967290:4294967300:4294967290,4294967299")
  }

  @Test func leaveASnapshotAloneThatCannotBeRead() {
    #expect(PendingTransactions.adding([3], to: "") == "")
  }
}
