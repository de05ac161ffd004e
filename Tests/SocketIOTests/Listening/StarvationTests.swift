import Glibc
import Synchronization
import Testing

@testable import SocketIO

@Suite(.timeLimit(.minutes(2))) struct StarvationTests {
  /// Stands in for accept(2): refuses when the script says so, else accepts.
  private final class Script: Sendable {
    private let refusals: Mutex<[CInt?]>
    init(_ refusals: [CInt?]) { self.refusals = Mutex(refusals.reversed()) }

    func accept(_ descriptor: CInt) -> AcceptOutcome {
      if let code = refusals.withLock({ $0.popLast() }) ?? nil { return AcceptOutcome(failure: code) }
      return AcceptOutcome.accept(descriptor)
    }
  }

  private func listener(_ refusals: [CInt?]) throws -> Listener {
    let address = SocketAddress.loopback(port: 0)
    let script = Script(refusals)
    return Listener(
      try Listener.listeningSocket(on: address, backlog: 8), address, EventLoops(count: 2, name: "test"),
      SocketOptions(), starvationPause: .milliseconds(1), accept: script.accept)
  }

  @Test(arguments: [EMFILE, ENFILE, ENOBUFS, ENOMEM])
  func reportsOnceAndAcceptsAgainByItself(code: CInt) async throws {
    let listener = try listener([code, code, code])
    let host = Host { $0.close() }
    listener.start(host)
    let peer = try RawPeer.connected(to: listener.address)
    let ended = try await onThread { try peer.isAtEnd() }
    #expect(ended)
    #expect(host.errors == [SocketError(.accept, listener.address.description, code: code)])
    listener.close()
  }

  @Test func reportsAgainAfterItHadRecovered() async throws {
    let listener = try listener([EMFILE, nil, EMFILE])
    let host = Host { $0.close() }
    listener.start(host)
    for _ in 0..<2 {
      let peer = try RawPeer.connected(to: listener.address)
      let ended = try await onThread { try peer.isAtEnd() }
      #expect(ended)
    }
    #expect(host.errors.count == 2)
    listener.close()
  }

  @Test func leavesTheSystemAloneDuringThePause() async throws {
    let calls = Counter()
    let address = SocketAddress.loopback(port: 0)
    let listener = Listener(
      try Listener.listeningSocket(on: address, backlog: 8), address, EventLoops(count: 1, name: "test"),
      SocketOptions(), starvationPause: .seconds(3600),
      accept: { _ in
        calls.raise()
        return .starved(EMFILE)
      })
    let (starved, continuation) = AsyncStream.makeStream(of: Void.self)
    listener.start(Host(starved: { _ in continuation.yield() }) { $0.close() })
    let peer = try RawPeer.connected(to: listener.address)
    var iterator = starved.makeAsyncIterator()
    await iterator.next()
    // A connection waits all this time.
    for _ in 0..<100 { await listener.turn() }
    listener.resume()
    for _ in 0..<100 { await listener.turn() }
    #expect(calls.value == 1)
    await withCheckedContinuation { done in listener.close { done.resume() } }
    #expect(peer.isDisconnected())
  }

  /// The real thing, in a process of its own since the limit is the process's.
  @Test func survivesRunningOutOfDescriptors() async {
    await #expect(processExitsWith: .success) {
      let loops = EventLoops(count: 2, name: "test")
      let listener = try Listener(on: .loopback(port: 0), loops: loops)
      let (starved, continuation) = AsyncStream.makeStream(of: Void.self)
      let echo = Host(starved: { _ in continuation.yield() }) { socket in
        _ = Probe(socket) { event, socket in
          if case .received(let bytes) = event { socket.send(bytes) }
          if case .ended = event { socket.close() }
        }
      }
      listener.start(echo)
      let first = try RawPeer.connected(to: listener.address)
      try first.write([1])
      try #require(try first.read(1) == [1])
      listener.pause()
      let waiting = try (0..<5).map { _ in try RawPeer.connected(to: listener.address) }
      var limit = rlimit(rlim_cur: rlim_t(try openDescriptors() + 20), rlim_max: 4096)
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      var fillers: [CInt] = []
      while case let filler = dup(0), filler >= 0 { fillers.append(filler) }
      listener.resume()
      var iterator = starved.makeAsyncIterator()
      await iterator.next()
      try first.write([2])
      try #require(try first.read(1) == [2], "existing connections go on")
      for filler in fillers { close(filler) }
      for peer in waiting {
        try peer.write([3])
        try #require(try peer.read(1) == [3])
      }
      try #require(echo.errors.count == 1)
      try #require(echo.errors.first?.code == EMFILE)
    }
  }
}
