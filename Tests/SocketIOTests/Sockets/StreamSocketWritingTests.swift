import Glibc
import Testing

@testable import SocketIO

@Suite(.timeLimit(.minutes(2))) struct StreamSocketWritingTests {
  @Test func sendsSeveralArraysInOrder() async throws {
    let (descriptor, peer) = try RawPeer.pair()
    let probe = await Probe.start(descriptor)
    await probe.perform { socket in
      socket.send([[1], [], [2, 3]])
      socket.send([[]])
      socket.send([4])
      socket.send((5..<60).map { [$0] })
    }
    #expect(try peer.read(59) == Array(1..<60))
    await probe.close()
  }

  @Test func keepsWhatThePeerDoesNotReadAndSaysWhenItIsSent() async throws {
    let (descriptor, peer) = try RawPeer.tcpPair()
    let probe = await Probe.start(descriptor, options: .tinyBuffers)
    let message = pattern(3_000_000)
    let unsent = await probe.perform { socket in
      socket.send(message)
      return socket.unsentBytes
    }
    #expect(unsent > 0 && unsent < message.count)
    let received = try await onThread { try peer.read(message.count) }
    #expect(received == message)
    var events = probe.events.makeAsyncIterator()
    #expect(await events.next() == .drained)
    #expect(await probe.perform { $0.unsentBytes } == 0)
    await probe.close()
    #expect(await events.next() == nil)
  }

  /// Two sockets with the smallest buffers, each sending back what it gets or checking it.
  @Test func carriesMegabytesBothWaysThroughTinyBuffers() async throws {
    let (descriptor, other) = try RawPeer.pair()
    let echo = await Probe.start(descriptor, options: .tinyBuffers) { event, socket in
      switch event {
      case .received(let bytes): socket.send(bytes)
      case .ended: socket.shutdownWrite()
      case .failed, .drained: break
      }
    }
    let sender = await Probe.start(other.giveUp(), options: .tinyBuffers)
    let message = pattern(4_000_000)
    await sender.perform { socket in
      for start in stride(from: 0, to: message.count, by: 100_000) {
        socket.send(Array(message[start..<(start + 100_000)]))
      }
      socket.shutdownWrite()
    }
    let (bytes, last) = await sender.readToEnd()
    #expect(bytes == message)
    #expect(last == .ended)
    await sender.close()
    await echo.close()
  }

  @Test func shutsDownOnlyAfterAllThatIsUnsent() async throws {
    let (descriptor, peer) = try RawPeer.tcpPair()
    let probe = await Probe.start(descriptor, options: .tinyBuffers)
    let message = pattern(2_000_000)
    await probe.perform { socket in
      socket.send(message)
      socket.shutdownWrite()
      socket.shutdownWrite()
      #expect(socket.unsentBytes > 0)
      socket.send([1, 2, 3])
    }
    let received = try await onThread { try peer.read(message.count + 1) }
    #expect(received == message)
    // Reading goes on, to the end.
    try peer.write([7, 8])
    peer.shutdownWrite()
    let (bytes, last) = await probe.readToEnd()
    #expect(bytes == [7, 8])
    #expect(last == .ended)
    await probe.close()
  }

  /// The program would end here if the system raised SIGPIPE.
  @Test func tellsThatThePeerIsGoneWithoutASignal() async throws {
    let (descriptor, peer) = try RawPeer.pair()
    let probe = await Probe.start(descriptor)
    await probe.perform { $0.pauseReading() }
    peer.close()
    try RawPeer.waitForHangUp(of: descriptor)
    await probe.perform { socket in
      socket.send([1])
      socket.send([2])
      #expect(!socket.isClosed, "the owner was told from within its own call")
      #expect(socket.unsentBytes == 0)
    }
    let (bytes, last) = await probe.readToEnd()
    #expect(bytes == [])
    #expect(last == .failed(SocketError(.send, "the peer", code: EPIPE)))
    #expect(await probe.perform { $0.isClosed })
  }

  @Test func deliversThePeersLastWordsBeforeItTellsThatSendingFailed() async throws {
    let (descriptor, peer) = try RawPeer.pair()
    let words = pattern(100_000)
    let loop = EventLoop(name: "test")
    var options = SocketOptions()
    options.readBudget = 1000
    let socket = await loop.perform { [options] in
      LoopBound(StreamSocket(adopting: descriptor, on: loop, peer: nil, options: options), on: loop)
    }
    try peer.write(words)
    peer.close()
    try RawPeer.waitForHangUp(of: descriptor)
    let probe = await loop.perform {
      let probe = Probe(socket.value)
      socket.value.send([1])
      return probe
    }
    var bytes: [UInt8] = []
    var rest: [Recorder.Event] = []
    for await event in probe.events {
      if case .received(let more) = event { bytes += more } else { rest.append(event) }
    }
    #expect(bytes == words)
    #expect(rest == [.ended, .failed(SocketError(.send, "the peer", code: EPIPE))])
  }

  @Test func dropsWhatIsUnsentWhenClosed() async throws {
    let (descriptor, peer) = try RawPeer.tcpPair()
    let probe = await Probe.start(descriptor, options: .tinyBuffers)
    await probe.perform { socket in
      socket.send(pattern(3_000_000))
      #expect(socket.unsentBytes > 0)
      socket.close()
      #expect(socket.unsentBytes == 0)
      socket.send([1])
      socket.shutdownWrite()
      socket.close()
    }
    let received = try await onThread { peer.isDisconnected() }
    #expect(received)
    var events = probe.events.makeAsyncIterator()
    #expect(await events.next() == nil)
  }
}
