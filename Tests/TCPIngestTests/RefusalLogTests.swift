import Logging
import Testing

@testable import TCPIngest

struct RefusalLogTests {
  private let start = ContinuousClock.now

  @Test func aSecondHasSoManyLinesAndNoMore() {
    let log = RefusalLog(Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() })
    let admitted = (0..<30).compactMap { _ in log.admit(at: start) }
    #expect(admitted == [Int](repeating: 0, count: RefusalLog.linesPerSecond))
  }

  @Test func theNextSecondBeginsWithTheNumberLeftOut() {
    let log = RefusalLog(Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() })
    for _ in 0..<30 { _ = log.admit(at: start) }
    #expect(log.admit(at: start + .milliseconds(999)) == nil)
    #expect(log.admit(at: start + .seconds(1)) == 11)
    #expect(log.admit(at: start + .seconds(1)) == 0)
  }
}
