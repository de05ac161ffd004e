/// Progress of a run in one line that is overwritten again and again. Pure: `line` returns the text.
struct ProgressBar {
  private static let width = 28

  /// Number of events that the run will send; nil when it is unknown.
  let expected: UInt64?
  private var lastCount: UInt64 = 0
  private var lastTime = Duration.zero
  private var rate = 0.0

  init(expected: UInt64?) {
    self.expected = expected
  }

  /// Returns the line after `elapsed`, without a line end.
  mutating func line(_ totals: RunRecord.Totals, elapsed: Duration) -> String {
    measure(totals.committed, elapsed)
    let counts = """
      \(Quantity.grouped(UInt64(rate))) events/s  sent \(Quantity.grouped(totals.sent))  \
      accepted \(Quantity.grouped(totals.accepted))  committed \(Quantity.grouped(totals.committed))
      """
    guard let expected, expected > 0 else { return counts }
    let share = min(1, Double(totals.committed) / Double(expected))
    let filled = Int(share * Double(Self.width))
    let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: Self.width - filled)
    return "[\(bar)] \(Int(share * 100))%  \(counts)"
  }

  /// Smooths the rate over about half a second.
  private mutating func measure(_ count: UInt64, _ elapsed: Duration) {
    let span = (elapsed - lastTime) / .seconds(1)
    guard span > 0 else { return }
    let now = Double(count - lastCount) / span
    rate = lastTime == .zero ? now : rate + (now - rate) * min(1, span * 2)
    (lastCount, lastTime) = (count, elapsed)
  }
}
