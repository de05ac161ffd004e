import ClientLib
import Testing

@testable import SluiceLogHandler

@Suite struct LogQueueTests {
  private func line(_ bytes: Int = 1) -> LogLine {
    LogLine(topic: "log.tests", time: .now, payload: Array(repeating: 0, count: bytes))
  }

  @Test func takesLinesUpToItsBoundAndCountsTheRest() {
    var queue = LogQueue(lines: 3, bytes: 100)
    let results = (0..<5).map { _ in queue.offer(line()) }
    #expect(results == [.takenFirst, .taken, .taken, .lost, .lost])
    let (lines, untold) = queue.take()
    #expect(lines.count == 3)
    #expect(untold == 2)
    #expect(queue.takeReport() == 2)
    let counts = (queue.offered, queue.lost)
    #expect(counts == (5, 2))
  }

  @Test func boundsTheBytes() {
    var queue = LogQueue(lines: 10, bytes: 10)
    let results = [queue.offer(line(6)), queue.offer(line(5)), queue.offer(line(4))]
    #expect(results == [.takenFirst, .lost, .taken])
  }

  @Test func wakesAgainAfterItWasEmptied() {
    var queue = LogQueue(lines: 2, bytes: 10)
    _ = queue.offer(line())
    _ = queue.take()
    let result = queue.offer(line())
    #expect(result == .takenFirst)
  }

  /// The lines that are published just now are in memory, too.
  @Test func boundsTheWaitingLinesWithThoseUnderway() {
    var queue = LogQueue(lines: 2, bytes: 10)
    _ = [queue.offer(line(4)), queue.offer(line(4))]
    _ = queue.take()
    let full = queue.offer(line(1))
    queue.release(LogLoad(lines: 1, bytes: 4))
    let results = [queue.offer(line(7)), queue.offer(line(6)), queue.offer(line(0))]
    #expect(full == .lost)
    #expect(results == [.lost, .takenFirst, .lost])
  }

  @Test func tellsALossOnceUnlessTheTellingFails() {
    var queue = LogQueue(lines: 1, bytes: 10)
    for _ in 0..<3 { _ = queue.offer(line()) }
    let told = [queue.take().untold, queue.take().untold]
    #expect(told == [2, 0])
    queue.tellAgain(2)
    let again = queue.take().untold
    #expect(again == 2)
    let reported = [queue.takeReport(), queue.takeReport()]
    #expect(reported == [2, 0])
  }

  @Test func losesEveryLineAfterItIsClosed() {
    var queue = LogQueue(lines: 2, bytes: 10)
    queue.close()
    let result = queue.offer(line())
    #expect(result == .lost)
    #expect(queue.lost == 1)
  }
}
