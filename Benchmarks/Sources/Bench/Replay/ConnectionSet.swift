import CBench
import Glibc

/// Many connections on one thread, driven by epoll.
final class ConnectionSet {
  /// The answers of the server so far.
  let progress = ReplayConnection.Progress()
  private let poller: CInt
  private var connections: [CInt: ReplayConnection] = [:]
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
  private var lastTick = ContinuousClock.now

  /// Connects to the local server at `port`, one connection for each list of frames.
  init(port: UInt16, frames: [[ReadyFrame]]) throws(ReplayError) {
    poller = epoll_create1(0)
    guard poller >= 0 else { throw .system("epoll_create1", errno) }
    for frames in frames {
      let descriptor = try Self.connected(to: port)
      let connection = ReplayConnection(descriptor, frames: frames, progress: progress, now: .now)
      connections[descriptor] = connection
      var event = epoll_event(
        events: EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLET.rawValue, data: epoll_data(fd: descriptor))
      guard epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event) == 0 else {
        throw .system("epoll_ctl", errno)
      }
      try connection.write(at: .now)
      // Answers arrive while other connections are still being opened, and a handshake must not time out.
      try poll(milliseconds: 0)
    }
  }

  deinit {
    for descriptor in connections.keys { close(descriptor) }
    close(poller)
    buffer.deallocate()
  }

  /// Waits until every handshake is complete.
  func welcome() throws(ReplayError) {
    try run { progress.welcome == connections.count }
  }

  /// Runs until `isOver` returns true. It is called after each round of events.
  func run(until isOver: () -> Bool) throws(ReplayError) {
    while !isOver() {
      try poll(milliseconds: 1_000)
      try tick()
    }
  }

  /// Waits for events until a deadline, and handles the events that came.
  func poll(milliseconds: CInt) throws(ReplayError) {
    var events = Array(repeating: epoll_event(), count: 256)
    let count = epoll_wait(poller, &events, CInt(events.count), milliseconds)
    guard count >= 0 || errno == EINTR else { throw .system("epoll_wait", errno) }
    let now = ContinuousClock.now
    for event in events.prefix(Int(max(0, count))) {
      guard let connection = connections[event.data.fd] else { continue }
      if event.events & EPOLLIN.rawValue != 0 { try connection.read(through: buffer, at: now) }
      try connection.write(at: now)
    }
  }

  /// Allows all connections to publish.
  func startPublishing() throws(ReplayError) {
    for connection in connections.values {
      connection.mayPublish = true
      try connection.write(at: .now)
    }
  }

  private func tick() throws(ReplayError) {
    let now = ContinuousClock.now
    guard now - lastTick > .seconds(1) else { return }
    lastTick = now
    for connection in connections.values { try connection.tick(at: now) }
  }

  private static func connected(to port: UInt16) throws(ReplayError) -> CInt {
    let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw .system("socket", errno) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0, fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0 else { throw .system("connect", errno) }
    var yes: CInt = 1
    setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<CInt>.size))
    return descriptor
  }
}
