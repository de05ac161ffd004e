import StoreInterface
import Testing

@testable import StoreInterface

@Suite struct TailPositionTests {
  @Test(arguments: [
    ("10:20:", 20), ("10:10:", 10), ("10:20:10,14,19", 20), ("1:18446744073709551615:1", UInt64.max),
  ])
  func readsTheHorizonOfASnapshot(_ text: String, _ horizon: UInt64) {
    #expect(TailPosition.horizon(of: text) == horizon)
  }

  @Test(arguments: [
    "", ":", "::", "10:20", "10:20:30", "20:10:", "0:1:", "10:20:14,", "10:20:,", "10:20:14,12",
    "10:20:20", "10:20:9", "+1:2:", "1:18446744073709551616:", "a:b:c", "10:20::", "10:20:15;16",
  ])
  func refusesSnapshotsThatPostgresWouldRefuse(_ text: String) {
    #expect(TailPosition.horizon(of: text) == nil)
  }
}
