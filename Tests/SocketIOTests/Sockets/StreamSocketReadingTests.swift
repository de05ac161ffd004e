import Glibc
import Testing

@testable import SocketIO

@Suite(.timeLimit(.minutes(2))) struct StreamSocketReadingTests {
  @Test func deliversWhatArrivesHoweverItIsSplit() async throws {
    let message = pattern(40)
    for split in 0...message.count {
      let (descriptor, peer) = try RawPeer.pair()
      let probe = await Probe.start(descriptor)
      try peer.write(Array(message[..<split]))
      let first = await probe.read(split)
      try peer.write(Array(message[split...]))
      #expect(first + (await probe.read(message.count - split)) == message, "split at \(split)")
      await probe.close()
    }
  }

  @Test func readsNothingBeforeItIsStarted() async throws {
    let (descriptor, peer) = try RawPeer.pair()
    try peer.write([1, 2, 3])
    let loop = EventLoop(name: "test")
    let socket = await loop.perform {
      LoopBound(StreamSocket(adopting: descriptor, on: loop, peer: nil), on: loop)
    }
    let probe = await loop.perform { Probe(socket.value) }
    #expect(await probe.read(3) == [1, 2, 3])
    await probe.close()
  }

  @Test func tellsThePeersEndOnceAfterAllItsBytes() async throws {
    let (descriptor, peer) = try RawPeer.tcpPair()
    let probe = await Probe.start(descriptor)
    let message = pattern(300_000)
    async let received = probe.readToEnd()
    try peer.write(message)
    peer.shutdownWrite()
    let (bytes, last) = await received
    #expect(bytes == message)
    #expect(last == .ended)
    // The other direction is still open.
    await probe.perform { $0.send([9]) }
    #expect(try peer.read(1) == [9])
    await probe.close()
    #expect(try peer.isAtEnd())
  }

  @Test func tellsAResetByThePeerAndCloses() async throws {
    let (descriptor, peer) = try RawPeer.tcpPair()
    let probe = await Probe.start(descriptor)
    peer.reset()
    let (_, last) = await probe.readToEnd()
    #expect(last == .failed(SocketError(.receive, "the peer", code: ECONNRESET)))
    #expect(await probe.perform { $0.isClosed })
  }

  @Test func deliversNothingWhilePaused() async throws {
    let (descriptor, peer) = try RawPeer.pair()
    let probe = await Probe.start(descriptor)
    await probe.perform { $0.pauseReading() }
    try peer.write([1])
    peer.shutdownWrite()
    // Had the socket read on, its end would have been told before this second pause.
    for _ in 0..<10 { await probe.perform { $0.pauseReading() } }
    #expect(await probe.perform { !$0.readingEnded })
    await probe.perform { $0.resumeReading() }
    let (bytes, last) = await probe.readToEnd()
    #expect(bytes == [1])
    #expect(last == .ended)
    await probe.close()
  }

  /// The loop's buffer takes 2 bytes at a time, and after each delivery the owner has enough.
  @Test func stopsAtOnceWhenPausedInTheMiddleOfAWake() async throws {
    let (descriptor, peer) = try RawPeer.pair()
    try peer.write(pattern(10))
    let loop = EventLoop(name: "test", receiveBufferBytes: 2)
    let deliveries = Counter()
    let probe = await Probe.start(descriptor, on: loop) { _, socket in
      deliveries.raise()
      socket.pauseReading()
    }
    var events = probe.events.makeAsyncIterator()
    for index in 0..<5 {
      #expect(await events.next() == .received(Array(pattern(10)[(2 * index)..<(2 * index + 2)])))
      for _ in 0..<5 { await loop.perform {} }
      #expect(deliveries.value == index + 1)
      await probe.perform { $0.resumeReading() }
    }
    await probe.close()
  }

  @Test func letsOthersOfTheLoopHaveTheirTurnAfterItsBudget() async throws {
    let (descriptor, peer) = try RawPeer.pair()
    try peer.write(pattern(100))
    let loop = EventLoop(name: "test", receiveBufferBytes: 3)
    var options = SocketOptions()
    options.readBudget = 7
    let sinceTurn = Tally()
    let probe = await Probe.start(descriptor, on: loop, options: options) { event, _ in
      guard case .received(let bytes) = event else { return }
      #expect(sinceTurn.add(bytes.count) <= 7)
      loop.run { sinceTurn.reset() }
    }
    #expect(await probe.read(100) == pattern(100))
    await probe.close()
  }

  @Test func mayBeClosedByItsOwnerWhileItDelivers() async throws {
    let (descriptor, peer) = try RawPeer.pair()
    try peer.write(pattern(10))
    let probe = await Probe.start(descriptor, on: EventLoop(name: "test", receiveBufferBytes: 2)) {
      _, socket in
      socket.close()
      socket.close()
    }
    var events = probe.events.makeAsyncIterator()
    #expect(await events.next() == .received(Array(pattern(10)[..<2])))
    #expect(await events.next() == nil)
    #expect(peer.isDisconnected())
  }
}
