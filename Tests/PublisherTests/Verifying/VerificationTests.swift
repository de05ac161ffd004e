import Testing

@testable import Publisher

@Suite struct VerificationTests {
  private func result(
    sent: UInt64 = 100, committed: UInt64 = 100, unique: UInt64 = 65, duplicates: UInt64 = 35,
    unknown: UInt64 = 0,
    expected: UInt64? = 65, hasFreshKeys: Bool = true
  ) -> Run.Result {
    var result = Run.Result()
    (result.totals.sent, result.totals.committed) = (sent, committed)
    (result.totals.unique, result.totals.duplicates) = (unique, duplicates)
    result.totals.unknownBatches = unknown
    result.uniqueExpected = expected
    result.hasFreshKeys = hasFreshKeys
    return result
  }

  private func problem(_ received: Int64, _ unique: Int64, _ duplicates: Int64, _ result: Run.Result)
    -> String?
  {
    let before = ServerCounts(received: 7, uniqueProcessed: 4, duplicateDropped: 2, dead: 1, conflicts: nil)
    let after = ServerCounts(
      received: 7 + received, uniqueProcessed: 4 + unique, duplicateDropped: 2 + duplicates, dead: 1,
      conflicts: nil)
    return Verification(before: before, after: after, result: result).problem
  }

  @Test func findsNothingWhenEverythingFits() {
    #expect(problem(100, 65, 35, result()) == nil)
    #expect(problem(100, 60, 40, result(unique: 60, duplicates: 40, expected: nil)) == nil)
  }

  @Test func expectsNothingOfKeysThatMayHaveBeenStoredBefore() {
    #expect(problem(100, 60, 40, result(unique: 60, duplicates: 40, hasFreshKeys: false)) == nil)
  }

  @Test func saysWhatDoesNotFit() {
    let cases: [(String, Int64, Int64, Int64, Run.Result)] = [
      ("only 90 were acknowledged", 90, 55, 35, result(committed: 90)),
      ("counted 101 received", 101, 66, 35, result()),
      ("counted 64 unique", 100, 64, 36, result()),
      ("do not add up", 100, 65, 34, result()),
      ("65 unique keys were sent, the server stored 60", 100, 60, 40, result(unique: 60, duplicates: 40)),
      ("counted 99 received", 99, 65, 34, result(unknown: 1)),
      ("65 unique keys were sent", 100, 66, 34, result(unknown: 1)),
    ]
    for (words, received, unique, duplicates, result) in cases {
      let found = problem(received, unique, duplicates, result)
      #expect(found?.contains(words) == true, "\(words): \(found ?? "nothing")")
    }
  }

  @Test func leavesOutWhatNobodyWasTold() {
    #expect(problem(100, 65, 35, result(unique: 10, duplicates: 5, unknown: 3)) == nil)
  }
}
