import Testing

@testable import SocketIO

/// A connection that is over in both directions gets one last event from Dispatch on Linux, however much
/// is unread. Each of these lost the rest, or the end, when it was left to events.
@Suite(.timeLimit(.minutes(2))) struct HangUpTests {
  private func options(budget: Int) -> SocketOptions {
    var options = SocketOptions()
    options.readBudget = budget
    return options
  }

  @Test(arguments: [1, 999, 1000, 1001, 4000, 256 * 1024])
  func readsAllOfAPeerThatHasGone(budget: Int) async throws {
    for _ in 0..<20 {
      let (descriptor, peer) = try RawPeer.pair()
      try peer.write(pattern(4000))
      peer.close()
      let probe = await Probe.start(descriptor, options: options(budget: budget))
      let (bytes, last) = await probe.readToEnd()
      #expect(bytes == pattern(4000))
      #expect(last == .ended)
      await probe.close()
    }
  }

  @Test(arguments: [10, 100_000])
  func readsToTheEndAfterItsOwnSideWasShutDown(budget: Int) async throws {
    for _ in 0..<20 {
      let (descriptor, peer) = try RawPeer.tcpPair()
      let probe = await Probe.start(descriptor, options: options(budget: budget))
      await probe.perform { $0.shutdownWrite() }
      try peer.write(pattern(3000))
      try peer.write(pattern(70))
      peer.shutdownWrite()
      let (bytes, last) = await probe.readToEnd()
      #expect(bytes == pattern(3000) + pattern(70))
      #expect(last == .ended)
      await probe.close()
    }
  }

  @Test func readsTheRestAfterPausesThoughThePeerHasGone() async throws {
    for _ in 0..<20 {
      let (descriptor, peer) = try RawPeer.pair()
      let loop = EventLoop(name: "test", receiveBufferBytes: 100)
      let probe = await Probe.start(descriptor, on: loop) { event, socket in
        guard case .received = event else { return }
        socket.pauseReading()
        let socket = LoopBound(socket, on: loop)
        loop.run { loop.run { socket.value.resumeReading() } }
      }
      try peer.write(pattern(1000))
      peer.close()
      let (bytes, last) = await probe.readToEnd()
      #expect(bytes == pattern(1000))
      #expect(last == .ended)
      await probe.close()
    }
  }

  /// The reset comes at any moment of the reading: each time it is told, and the socket closed.
  @Test func noticesEveryReset() async throws {
    for round in 0..<100 {
      let (descriptor, peer) = try RawPeer.tcpPair()
      let probe = await Probe.start(descriptor, options: options(budget: 100))
      try peer.write(pattern(round * 7))
      peer.reset()
      let (_, last) = await probe.readToEnd()
      guard case .failed = last else {
        Issue.record("round \(round): \(String(describing: last))")
        return
      }
    }
  }
}
