import Testing

@testable import Publisher

@Suite struct ProgressBarTests {
  private func totals(sent: UInt64, committed: UInt64) -> RunRecord.Totals {
    var totals = RunRecord.Totals()
    (totals.sent, totals.accepted, totals.committed) = (sent, committed, committed)
    return totals
  }

  @Test func showsShareRateAndAcknowledgements() {
    var bar = ProgressBar(expected: 2_000)
    let line = bar.line(totals(sent: 1_500, committed: 1_000), elapsed: .milliseconds(500))
    #expect(
      line
        == "[##############..............] 50%  2,000 events/s  sent 1,500  accepted 1,000  committed 1,000")
  }

  @Test func isFullAtItsEnd() {
    var bar = ProgressBar(expected: 10)
    #expect(
      bar.line(totals(sent: 10, committed: 10), elapsed: .seconds(1)).hasPrefix(
        "[############################] 100%"))
  }

  @Test func showsNoShareOfAnUnknownNumber() {
    var bar = ProgressBar(expected: nil)
    #expect(
      bar.line(totals(sent: 5, committed: 5), elapsed: .seconds(1))
        == "5 events/s  sent 5  accepted 5  committed 5")
  }
}
