import Testing

@testable import SocketIO

/// An owner that receives one body of a known size into its own memory, then whatever comes.
private final class BodyOwner: ByteTransportDelegate {
  private let size: Int
  private var body: [UInt8] = []
  private let start: UnsafeRawPointer?
  private let done: AsyncStream<Outcome>.Continuation
  private var after: [UInt8] = []

  struct Outcome: Sendable {
    let body: [UInt8]
    let after: [UInt8]
    /// Whether the body's memory never moved.
    let stayed: Bool
  }

  init(size: Int, _ done: AsyncStream<Outcome>.Continuation) {
    self.size = size
    self.done = done
    body.reserveCapacity(size)
    start = body.withUnsafeBytes { $0.baseAddress }
  }

  func willRead(_ target: inout ReadTarget, from transport: any ByteTransport) {
    guard body.count < size else { return }
    target.append(to: &body, atMost: size - body.count)
  }

  func received(_ bytes: RawSpan, from transport: any ByteTransport) {
    #expect(body.count == size, "bytes of the body came through the shared memory")
    after += bytes.withUnsafeBytes { Array($0) }
  }

  func reachedEnd(of transport: any ByteTransport) {
    let stayed = body.withUnsafeBytes { $0.baseAddress } == start
    done.yield(Outcome(body: body, after: after, stayed: stayed))
    transport.close()
  }

  func failed(_ error: SocketError, on transport: any ByteTransport) { done.finish() }
}

@Suite(.timeLimit(.minutes(2))) struct ReadTargetTests {
  @Test(arguments: [1, 1000, 3_000_000], [1, 100, 256 * 1024])
  func receivesABodyStraightIntoItsOwnersMemory(size: Int, budget: Int) async throws {
    guard size / budget < 100_000 else { return }
    let (descriptor, peer) = try RawPeer.tcpPair()
    let (outcomes, continuation) = AsyncStream.makeStream(of: BodyOwner.Outcome.self)
    let loop = EventLoop(name: "test", receiveBufferBytes: 512)
    var options = SocketOptions()
    options.readBudget = budget
    loop.run { [options] in
      let socket = StreamSocket(adopting: descriptor, on: loop, peer: nil, options: options)
      socket.start(BodyOwner(size: size, continuation))
    }
    let message = pattern(size + 1500)
    try await onThread {
      try peer.write(message)
      peer.shutdownWrite()
    }
    var iterator = outcomes.makeAsyncIterator()
    let outcome = try #require(await iterator.next())
    #expect(outcome.body == Array(message[..<size]))
    #expect(outcome.after == Array(message[size...]))
    #expect(outcome.stayed)
  }

  @Test func readsNoMoreThanItsLimit() async throws {
    let (descriptor, peer) = try RawPeer.pair()
    try peer.write(pattern(10))
    let loop = EventLoop(name: "test")
    let (bytes, count, outcome) = await loop.perform {
      let socket = StreamSocket(adopting: descriptor, on: loop, peer: nil)
      defer { socket.close() }
      var target = ReadTarget(from: socket, limit: 4)
      var bytes: [UInt8] = [1]
      let count = target.append(to: &bytes, atMost: 9)
      return (bytes, count, target.outcome)
    }
    #expect(count == 4)
    #expect(bytes == [1] + pattern(10)[..<4])
    #expect(outcome == .bytes(4, drained: false))
  }

  @Test func saysThatNothingArrivedOrThatThePeerEnded() throws {
    let (descriptor, peer) = try RawPeer.pair()
    var memory: [UInt8] = [0, 0]
    let nothing = ReadOutcome.nonBlocking(descriptor, &memory)
    #expect(nothing == .nothing)
    peer.close()
    let end = ReadOutcome.nonBlocking(descriptor, &memory)
    #expect(end == .end)
    #expect(nothing.count == 0)
    #expect(end.count == 0)
    RawPeer(descriptor).close()
  }

  @Test func stopsTheProgramWhenItIsUsedTwice() async {
    await #expect(processExitsWith: .failure) {
      let (descriptor, peer) = try RawPeer.pair()
      try peer.write([1, 2])
      let loop = EventLoop(name: "test")
      await loop.perform {
        var target = ReadTarget(
          from: StreamSocket(adopting: descriptor, on: loop, peer: nil), limit: 4)
        var bytes: [UInt8] = []
        target.append(to: &bytes, atMost: 1)
        target.append(to: &bytes, atMost: 1)
      }
    }
  }
}

extension ReadOutcome {
  fileprivate static func nonBlocking(_ descriptor: CInt, _ memory: inout [UInt8]) -> ReadOutcome {
    setNonBlocking(descriptor)
    return memory.withUnsafeMutableBytes { receive(from: descriptor, into: $0) }
  }
}
