import Testing

@testable import Storage

@Suite struct AgeWindowTests {
  private static let hour: Int64 = 3_600_000_000

  /// Walks a round over rows at `times`. Returns the number of rows that it deleted, and the number of steps.
  private func walk(_ window: inout AgeWindow, _ times: inout [Int64], first: Int64, end: Int64) -> (Int, Int)
  {
    var (found, steps) = (0, 0)
    window.open(from: first, to: end)
    while let span = window.span {
      steps += 1
      let deleted = Array(times.filter { span.contains($0) }.prefix(AgeWindow.rows))
      for time in deleted { times.remove(at: times.firstIndex(of: time) ?? 0) }
      window.deleted(deleted.count)
      found += deleted.count
    }
    return (found, steps)
  }

  @Test func passesAnEmptyDecadeInFewSteps() {
    var window = AgeWindow()
    var times: [Int64] = []
    let (found, steps) = walk(&window, &times, first: 0, end: 10 * 365 * 24 * Self.hour)
    #expect(found == 0 && steps < 150)
  }

  @Test func findsEveryRowBeforeTheEndAndNoneBehindIt() {
    var window = AgeWindow()
    var times: [Int64] = [-5, 0, 1, 7 * Self.hour, 100 * Self.hour - 1, 100 * Self.hour]
    let (found, _) = walk(&window, &times, first: 0, end: 100 * Self.hour)
    #expect(found == 5 && times == [100 * Self.hour])
  }

  @Test func staysWhereThereIsMore() {
    var window = AgeWindow()
    var times = Array(repeating: Self.hour, count: AgeWindow.rows * 3 + 1)
    let (found, _) = walk(&window, &times, first: 0, end: 2 * Self.hour)
    #expect(found == AgeWindow.rows * 3 + 1)
  }

  /// Rows have the time at which their transaction began, but become visible at its end.
  @Test func looksBackForWhatWasCommittedLate() {
    var window = AgeWindow()
    var times: [Int64] = []
    _ = walk(&window, &times, first: 0, end: 10 * Self.hour)
    times = [10 * Self.hour - 100_000_000, 10 * Self.hour + 1]
    let (found, steps) = walk(&window, &times, first: 0, end: 11 * Self.hour)
    #expect(found == 2 && steps < 20)
  }

  @Test func waitsWhenTheClockWasSetBack() {
    var window = AgeWindow()
    var times: [Int64] = []
    _ = walk(&window, &times, first: 0, end: 10 * Self.hour)
    window.open(from: 0, to: Self.hour)
    #expect(window.span == nil)
  }
}
