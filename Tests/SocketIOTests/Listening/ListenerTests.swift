import Glibc
import Synchronization
import Testing

@testable import SocketIO

@Suite(.timeLimit(.minutes(2))) struct ListenerTests {
  let loops = EventLoops(count: 3, name: "test")
  let anyPort = SocketAddress.loopback(port: 0)

  @Test func saysWhichPortItGot() throws {
    let listener = try Listener(on: anyPort, loops: loops)
    #expect(listener.address.port != 0)
    #expect(listener.address.isLoopback)
    listener.close()
  }

  @Test func echoesForManyConnectionsSpreadOverItsLoops() async throws {
    let listener = try Listener(on: anyPort, loops: loops)
    let host = Host { socket in
      _ = Probe(socket) { event, socket in
        if case .received(let bytes) = event { socket.send(bytes) }
        if case .ended = event { socket.close() }
      }
    }
    listener.start(host)
    let address = listener.address
    try await onThread {
      let peers = try (0..<150).map { _ in try RawPeer.connected(to: address) }
      for (index, peer) in peers.enumerated() { try peer.write([UInt8(index)]) }
      for (index, peer) in peers.enumerated() { #expect(try peer.read(1) == [UInt8(index)]) }
      for peer in peers {
        peer.shutdownWrite()
        #expect(try peer.isAtEnd())
      }
    }
    #expect(host.accepted(on: loops) == [50, 50, 50])
    listener.close()
  }

  @Test func saysThatThePortIsTaken() throws {
    let listener = try Listener(on: anyPort, loops: loops)
    let error = #expect(throws: SocketError.self) { try Listener(on: listener.address, loops: loops) }
    #expect(
      error?.description
        == "cannot listen on \(listener.address): address already in use; another program holds the port")
    listener.close()
  }

  @Test func refusesAnAddressThatIsNotOfThisMachine() throws {
    let error = #expect(throws: SocketError.self) {
      try Listener(on: SocketAddress(ip: "192.0.2.1", port: 0), loops: loops)
    }
    #expect(error?.code == EADDRNOTAVAIL)
  }

  @Test(arguments: [true, false])
  func freesThePortWhenClosed(started: Bool) async throws {
    let listener = try Listener(on: addressOfItsOwn(started ? 1 : 2), loops: loops)
    if started { listener.start(Host { $0.close() }) }
    for _ in 0..<2 {
      await withCheckedContinuation { continuation in listener.close { continuation.resume() } }
    }
    let again = try Listener(on: listener.address, loops: loops)
    #expect(again.address == listener.address)
    again.close()
  }

  @Test func freesThePortWhenDroppedUnstarted() throws {
    let address = try Listener(on: addressOfItsOwn(3), loops: loops).address
    try Listener(on: address, loops: loops).close()
  }

  /// Where nobody else takes a port that was just given back. Darwin has a single loopback address.
  private func addressOfItsOwn(_ number: Int) throws -> SocketAddress {
    #if canImport(Darwin)
      try SocketAddress(ip: "127.0.0.1", port: 0)
    #else
      try SocketAddress(ip: "127.0.71.\(number)", port: 0)
    #endif
  }

  @Test func acceptsNothingWhilePaused() async throws {
    let listener = try Listener(on: anyPort, loops: EventLoops(count: 1, name: "test"))
    let host = Host { $0.close() }
    listener.pause()
    listener.start(host)
    let peer = try RawPeer.connected(to: listener.address)
    for _ in 0..<10 { await listener.turn() }
    #expect(host.count == 0)
    listener.resume()
    #expect(try peer.isAtEnd())
    #expect(host.count == 1)
    listener.close()
  }

  /// At most two connections are open at any time, however many wait.
  @Test func keepsToTheLimitOfItsOwner() async throws {
    let listener = try Listener(on: anyPort, loops: loops)
    let open = Tally()
    let closed = Counter()
    let host = Host(hasRoom: { $0 - closed.value < 2 }) { [listener] socket in
      #expect(open.add(1) <= 2)
      _ = Probe(socket) { event, socket in
        guard case .ended = event else { return }
        _ = open.add(-1)
        socket.close()
        closed.raise()
        listener.resume()
      }
    }
    listener.start(host)
    let address = listener.address
    try await onThread {
      let peers = try (0..<20).map { _ in try RawPeer.connected(to: address) }
      for peer in peers { peer.shutdownWrite() }
      for peer in peers { #expect(try peer.isAtEnd()) }
    }
    #expect(host.count == 20)
    listener.close()
  }

  @Test(.enabled(if: ListenerTests.hasIPv6), arguments: ["::1", "::"])
  func listensOnIPv6(text: String) async throws {
    let listener = try Listener(on: SocketAddress(ip: text, port: 0), loops: loops)
    let host = Host { $0.close() }
    listener.start(host)
    let peer = try RawPeer.connected(to: SocketAddress(ip: "::1", port: listener.address.port))
    #expect(try peer.isAtEnd())
    #expect(host.peers == [SocketAddress.local(of: peer.descriptor)])
    if listener.address.isWildcard {
      #expect(try RawPeer.connected(to: .loopback(port: listener.address.port)).isAtEnd())
      #expect(host.peers.last??.description.hasPrefix("127.0.0.1:") == true)
    }
    listener.close()
  }

  static var hasIPv6: Bool {
    guard let loopback = try? SocketAddress(ip: "::1", port: 0) else { return false }
    let descriptor = socket(AF_INET6, streamType, 0)
    defer { close(descriptor) }
    return loopback.withSystemAddress { bind(descriptor, $0, $1) } == 0
  }
}

extension Listener {
  /// Returns after the listener's loop has had a turn: its own calls run in order.
  func turn() async {
    await withCheckedContinuation { continuation in onLoop { continuation.resume() } }
  }
}
