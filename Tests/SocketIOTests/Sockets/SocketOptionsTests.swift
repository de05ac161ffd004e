import Glibc
import Testing

@testable import SocketIO

@Suite(.timeLimit(.minutes(2))) struct SocketOptionsTests {
  private func option(_ descriptor: CInt, _ level: CInt, _ name: CInt) -> CInt {
    var value: CInt = -1
    var length = socklen_t(MemoryLayout<CInt>.size)
    getsockopt(descriptor, level, name, &value, &length)
    return value
  }

  private func applied(_ options: SocketOptions) throws -> RawPeer {
    let (descriptor, _) = try RawPeer.tcpPair()
    options.apply(to: descriptor)
    return RawPeer(descriptor)
  }

  @Test func sendsSmallFramesAtOnceAndProbesSilentPeers() throws {
    let own = try applied(SocketOptions())
    let tcp = CInt(IPPROTO_TCP)
    #expect(option(own.descriptor, tcp, TCP_NODELAY) != 0)
    #expect(option(own.descriptor, SOL_SOCKET, SO_KEEPALIVE) != 0)
    #expect(option(own.descriptor, tcp, TCP_KEEPIDLE) == 60)
    #expect(option(own.descriptor, tcp, TCP_KEEPINTVL) == 10)
    #expect(option(own.descriptor, tcp, TCP_KEEPCNT) == 3)
  }

  @Test func leavesOutWhatIsNotAskedFor() throws {
    var options = SocketOptions()
    options.keepAliveSeconds = nil
    let own = try applied(options)
    #expect(option(own.descriptor, SOL_SOCKET, SO_KEEPALIVE) == 0)
  }

  // The system doubles what it is asked for, to have room for its own records (socket(7)).
  @Test func setsTheSizesOfTheSystemsBuffers() throws {
    var options = SocketOptions()
    options.sendBufferBytes = 50_000
    options.receiveBufferBytes = 60_000
    let own = try applied(options)
    #expect(option(own.descriptor, SOL_SOCKET, SO_SNDBUF) == 100_000)
    #expect(option(own.descriptor, SOL_SOCKET, SO_RCVBUF) == 120_000)
  }

  @Test func takesASocketWithoutTCPAsItIs() throws {
    let (descriptor, peer) = try RawPeer.pair()
    SocketOptions().apply(to: descriptor)
    let own = RawPeer(descriptor)
    try own.write([5])
    #expect(try peer.read(1) == [5])
  }
}
