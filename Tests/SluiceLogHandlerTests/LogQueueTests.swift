import ClientLib
import Testing

@testable import SluiceLogHandler

@Suite struct LogQueueTests {

  @Test func takesLinesUpToItsBoundAndCountsTheRest() {
    var queue = LogQueue(lines: 3, bytes: 100)
    let results = (0..<5).map { _ in queue.offer(bytes: 1) }
    #expect(results == [.takenFirst, .taken, .taken, .lost, .lost])
    let (lines, untold) = queue.take()
    #expect(lines.load == LogLoad(lines: 3, bytes: 3))
    #expect(untold == 2)
    #expect(queue.takeReport() == 2)
    let counts = (queue.offered, queue.lost)
    #expect(counts == (5, 2))
  }

  @Test func boundsTheBytes() {
    var queue = LogQueue(lines: 10, bytes: 10)
    let results = [queue.offer(bytes: 6), queue.offer(bytes: 5), queue.offer(bytes: 4)]
    #expect(results == [.takenFirst, .lost, .taken])
  }

  @Test func wakesAgainAfterItWasEmptied() {
    var queue = LogQueue(lines: 2, bytes: 10)
    _ = queue.offer(bytes: 1)
    _ = queue.take()
    let result = queue.offer(bytes: 1)
    #expect(result == .takenFirst)
  }

  /// The lines that are published just now are in memory, too.
  @Test func boundsTheWaitingLinesWithThoseUnderway() {
    var queue = LogQueue(lines: 2, bytes: 10)
    _ = [queue.offer(bytes: 4), queue.offer(bytes: 4)]
    _ = queue.take()
    let full = queue.offer(bytes: 1)
    queue.release(LogLoad(lines: 1, bytes: 4))
    let results = [queue.offer(bytes: 7), queue.offer(bytes: 6), queue.offer(bytes: 0)]
    #expect(full == .lost)
    #expect(results == [.lost, .takenFirst, .lost])
  }

  @Test func tellsALossOnceUnlessTheTellingFails() {
    var queue = LogQueue(lines: 1, bytes: 10)
    for _ in 0..<3 { _ = queue.offer(bytes: 1) }
    let told = [queue.take().untold, queue.take().untold]
    #expect(told == [2, 0])
    queue.tellAgain(2)
    let again = queue.take().untold
    #expect(again == 2)
    let reported = [queue.takeReport(), queue.takeReport()]
    #expect(reported == [2, 0])
  }

  /// The lines fill several chunks, by their number or by their bytes.
  @Test(arguments: [
    (lines: 3 * LogChunk.mostLines, size: 3), (300, 1_000), (5, LogChunk.mostBytes), (4, 1 << 20),
  ])
  func givesTheLinesBackInTheirOrder(lines: Int, size: Int) {
    var queue = LogQueue(lines: 10_000, bytes: 1 << 30)
    // The second round uses the chunks of the first one again.
    for round in 0..<2 {
      for number in 0..<lines {
        let payload = [UInt8](repeating: UInt8(truncatingIfNeeded: number + round), count: size)
        let result = queue.offer(
          topic: "\(number)", time: Timestamp(microseconds: Int64(number)), payload: payload)
        #expect(result == (number == 0 ? .takenFirst : .taken))
      }
      var taken = queue.take().lines
      #expect(taken.chunks.count > 1 && taken.chunks.count <= lines)
      var next = 0
      taken.chunks.reverse()
      while let chunk = taken.chunks.popLast() {
        for index in 0..<chunk.count {
          #expect(chunk.topic(index) == "\(next)" && chunk.time(index).microseconds == Int64(next))
          let payload = chunk.withPayload(index) { bytes in
            (0..<bytes.byteCount).map { bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
          }
          #expect(payload == Array(repeating: UInt8(truncatingIfNeeded: next + round), count: size))
          #expect(chunk.payloadBytes(index) == size)
          next += 1
        }
        queue.reuse(chunk)
      }
      #expect(next == lines)
      queue.release(taken.load)
    }
  }

  @Test func losesEveryLineAfterItIsClosed() {
    var queue = LogQueue(lines: 2, bytes: 10)
    queue.close()
    let result = queue.offer(bytes: 1)
    #expect(result == .lost)
    #expect(queue.lost == 1)
  }
}

extension LogQueue {
  fileprivate mutating func offer(bytes: Int) -> OnOffer {
    offer(topic: "log.tests", time: .now, payload: Array(repeating: 0, count: bytes))
  }
}
