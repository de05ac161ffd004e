import Testing

@testable import SocketIO

@Suite struct SendQueueTests {
  @Test func countsWhatWaits() {
    var queue = SendQueue()
    #expect(queue.isEmpty)
    queue.append([])
    #expect(queue.isEmpty)
    queue.append([1, 2, 3])
    queue.append([4])
    #expect(queue.byteCount == 4)
    queue.consume(2)
    #expect(queue.byteCount == 2)
    queue.removeAll()
    #expect(queue.isEmpty)
  }

  /// However much the system takes at a time, the bytes go out once and in order.
  @Test(arguments: [1, 2, 3, 7, 64, 1000], [1, 5, 16, 17, 40])
  func offersEveryByteOnceInOrder(step: Int, buffers: Int) throws {
    var queue = SendQueue()
    var expected: [UInt8] = []
    for index in 0..<buffers {
      let buffer = pattern(index % 9 + 1)
      expected += buffer
      queue.append(buffer)
    }
    var sent: [UInt8] = []
    while !queue.isEmpty {
      let front = try queue.offered().prefix(step)
      try #require(!front.isEmpty)
      sent += front
      queue.consume(front.count)
      #expect(queue.byteCount == expected.count - sent.count)
    }
    #expect(sent == expected)
  }

  @Test func offersABoundedNumberOfBuffers() {
    var queue = SendQueue()
    for _ in 0...IOVectors.most { queue.append([7, 7]) }
    #expect(queue.withVectors { $0.byteCount } == 2 * IOVectors.most)
  }

  @Test func takesMoreAfterPartOfItWasSent() throws {
    var queue = SendQueue()
    queue.append([1, 2])
    queue.append([3, 4])
    queue.append([5, 6])
    queue.consume(5)
    queue.append([7])
    #expect(try queue.offered() == [6, 7])
  }
}

extension SendQueue {
  /// Bytes that the next send would take, read from a socket pair.
  fileprivate func offered() throws -> [UInt8] {
    let (descriptor, peer) = try RawPeer.pair()
    let own = RawPeer(descriptor)
    let (count, outcome) = withVectors { ($0.byteCount, $0.send(to: own.descriptor)) }
    #expect(outcome == .bytes(count))
    return try peer.read(count)
  }
}
