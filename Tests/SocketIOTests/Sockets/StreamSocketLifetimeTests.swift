import Synchronization
import Testing

@testable import SocketIO

@Suite(.timeLimit(.minutes(2))) struct StreamSocketLifetimeTests {
  /// A weak reference that a test asks about on the loop.
  private final class Watched {
    weak var socket: StreamSocket?
    init(_ socket: StreamSocket) { self.socket = socket }
  }

  @Test(arguments: [true, false])
  func livesUntilItIsClosed(started: Bool) async throws {
    let (descriptor, peer) = try RawPeer.pair()
    let loop = EventLoop(name: "test")
    let watched = await loop.perform {
      let socket = StreamSocket(adopting: descriptor, on: loop, peer: nil)
      if started { _ = Probe(socket) }
      return LoopBound(Watched(socket), on: loop)
    }
    await loop.perform {
      #expect(watched.value.socket != nil)
      watched.value.socket?.close()
    }
    #expect(try peer.isAtEnd())
    await loop.perform {}
    #expect(await loop.perform { watched.value.socket == nil })
  }

  @Test func isReleasedAfterAFailureWithAWriteUnderWay() async throws {
    let (descriptor, peer) = try RawPeer.tcpPair()
    let loop = EventLoop(name: "test")
    let probe = await Probe.start(descriptor, on: loop, options: .tinyBuffers)
    let watched = await probe.perform { socket in
      socket.send(pattern(3_000_000))
      #expect(socket.unsentBytes > 0)
      return LoopBound(Watched(socket), on: loop)
    }
    peer.reset()
    var last: Recorder.Event?
    for await event in probe.events { last = event }
    guard case .failed = last else {
      Issue.record("\(String(describing: last))")
      return
    }
    #expect(await loop.perform { watched.value.socket?.isClosed ?? true })
  }

  @Test func knowsBothItsAddresses() async throws {
    let listener = try ListeningPort()
    let peer = try RawPeer.connected(to: listener.address)
    let descriptor = try listener.accept()
    let remote = SocketAddress.local(of: peer.descriptor)
    let loop = EventLoop(name: "test")
    await loop.perform {
      let socket = StreamSocket(adopting: descriptor, on: loop, peer: remote)
      #expect(socket.localAddress == listener.address)
      #expect(socket.peer == remote)
      socket.close()
      #expect(socket.localAddress == nil)
    }
  }

  /// Sockets come and go with everything under way; no other test runs in the process that counts.
  @Test func leaksNoDescriptors() async {
    await #expect(processExitsWith: .success) {
      let before = try openDescriptors()
      for round in 0..<200 {
        let (descriptor, peer) = try RawPeer.tcpPair()
        let probe = await Probe.start(descriptor, options: .tinyBuffers)
        await probe.perform { socket in
          if round.isMultiple(of: 2) { socket.send(pattern(1_000_000)) }
          if round.isMultiple(of: 3) { socket.pauseReading() }
          socket.close()
        }
        #expect(peer.isDisconnected())
      }
      // Sources of Dispatch itself (epoll, wake-ups) may have come.
      try #require(try openDescriptors() < before + 20)
    }
  }
}
