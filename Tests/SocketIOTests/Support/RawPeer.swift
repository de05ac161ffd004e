import Glibc
import Testing

@testable import Base
@testable import SocketIO

/// For `socket`: descriptors that processes started by other tests do not inherit, or a connection would
/// stay open after both its ends were closed here.
let streamType = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)

/// The other end of a connection under test: a plain blocking descriptor, used with plain system calls.
///
/// The calls give up after 20 s, so that a defect fails a test rather than hanging it.
final class RawPeer: Sendable {
  let descriptor: CInt
  private let closed = Once()

  init(_ descriptor: CInt) {
    self.descriptor = descriptor
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
    var limit = timeval(tv_sec: 20, tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
    }
  }

  deinit { close() }

  /// A connected pair without TCP: a descriptor for the socket under test, and its peer.
  static func pair() throws -> (CInt, RawPeer) {
    var ends: [CInt] = [-1, -1]
    try #require(socketpair(AF_UNIX, streamType, 0, &ends) == 0)
    return (ends[0], RawPeer(ends[1]))
  }

  /// A connected pair over TCP on the loopback interface.
  static func tcpPair() throws -> (CInt, RawPeer) {
    let listener = try ListeningPort()
    let peer = try RawPeer.connected(to: listener.address)
    return (try listener.accept(), peer)
  }

  /// A connection to `address`.
  static func connected(to address: SocketAddress) throws -> RawPeer {
    try #require(reaching(address), "connecting to \(address) failed: \(errno)")
  }

  /// A connection to `address`; nil, with `errno`, when the system refuses.
  static func reaching(_ address: SocketAddress) -> RawPeer? {
    let descriptor = socket(address.family, streamType, 0)
    guard descriptor >= 0 else { return nil }
    let peer = RawPeer(descriptor)
    return address.withSystemAddress { connect(descriptor, $0, $1) } == 0 ? peer : nil
  }

  func write(_ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        send(descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent, CInt(MSG_NOSIGNAL))
      }
      try #require(count > 0)
      sent += count
    }
  }

  /// Reads exactly `count` bytes, or fewer when the connection ends before.
  func read(_ count: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let more = bytes.withUnsafeMutableBytes {
        recv(descriptor, $0.baseAddress.map { $0 + filled }, count - filled, 0)
      }
      try #require(more >= 0, "reading failed with errno \(errno)")
      if more == 0 { break }
      filled += more
    }
    return Array(bytes.prefix(filled))
  }

  /// Whether the connection has ended, with nothing left to read. Waits for it.
  func isAtEnd() throws -> Bool { try read(1).isEmpty }

  /// Whether the other end is gone, whether by an end or by a reset. Waits for it.
  func isDisconnected() -> Bool {
    var byte: UInt8 = 0
    while true {
      let count = recv(descriptor, &byte, 1, 0)
      if count > 0 { continue }
      return count == 0 || errno == ECONNRESET
    }
  }

  /// The descriptor, for another owner.
  func giveUp() -> CInt {
    #expect(closed.first())
    return descriptor
  }

  func shutdownWrite() { _ = shutdown(descriptor, CInt(SHUT_WR)) }

  func close() {
    if closed.first() { _ = Glibc.close(descriptor) }
  }

  /// Waits until the other end of `descriptor` is closed everywhere. A process that another test starts holds
  /// a copy of every descriptor for a moment, until its `exec`.
  static func waitForHangUp(of descriptor: CInt) throws {
    var polled = pollfd(fd: descriptor, events: 0, revents: 0)
    try #require(poll(&polled, 1, 20_000) == 1, "the other end stays open")
  }

  /// Closes so that the other end is reset (SO_LINGER with 0 seconds).
  func reset() {
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    close()
  }
}

/// A plain listening socket on the loopback interface.
final class ListeningPort: Sendable {
  let descriptor: CInt
  let address: SocketAddress

  init(backlog: CInt = 8) throws {
    descriptor = socket(AF_INET, streamType, 0)
    let bound = SocketAddress.loopback(port: 0).withSystemAddress { [descriptor] in bind(descriptor, $0, $1) }
    try #require(bound == 0)
    try #require(listen(descriptor, backlog) == 0)
    address = try #require(SocketAddress.local(of: descriptor))
  }

  deinit { _ = close(descriptor) }

  func accept() throws -> CInt {
    guard case .connection(let connection, _) = AcceptOutcome.accept(descriptor) else {
      throw SocketError(.accept, address.description, reason: "nobody connected")
    }
    return connection
  }

  /// The address of a port of this machine that is bound, so that nobody else gets it, but not listened
  /// at: connecting is refused. Good while `keeper` lives.
  static func refusing() throws -> (address: SocketAddress, keeper: RawPeer) {
    let keeper = RawPeer(socket(AF_INET, streamType, 0))
    let bound = SocketAddress.loopback(port: 0).withSystemAddress { bind(keeper.descriptor, $0, $1) }
    try #require(bound == 0)
    return (try #require(SocketAddress.local(of: keeper.descriptor)), keeper)
  }
}

/// Runs `body`, which may block, on a thread of its own.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
  try await withCheckedThrowingContinuation { continuation in
    let code = DetachedThread.start { continuation.resume(with: Result { try body() }) }
    precondition(code == 0, "the machine has no thread to spare")
  }
}

func setNonBlocking(_ descriptor: CInt) {
  _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
}

/// How many descriptors the process has open.
func openDescriptors() throws -> Int {
  let directory = try #require(opendir("/proc/self/fd"))
  defer { closedir(directory) }
  var count = 0
  while readdir(directory) != nil { count += 1 }
  return count
}
