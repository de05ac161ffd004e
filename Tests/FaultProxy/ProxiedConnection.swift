import Foundation

/// A connection through a proxy: two sockets, and one thread per direction.
final class ProxiedConnection: Sendable {
  private struct State: Sendable {
    /// The open descriptors. They are closed under the lock, so that no thread shuts down a reused
    /// descriptor.
    var sockets: [CInt]
    var held: Set<Fault.Direction> = []
    var isCut = false
  }

  let number: Int
  private let client: CInt
  private let language: ProxiedProtocol
  private let proxy: FaultProxy
  private let state: Monitor<State>

  init(_ number: Int, client: CInt, _ language: ProxiedProtocol, _ proxy: FaultProxy) {
    self.number = number
    self.client = client
    self.language = language
    self.proxy = proxy
    state = Monitor(State(sockets: [client]))
  }

  /// Whether the connection was cut.
  var isCut: Bool { state.value.isCut }

  /// Connects to the server, and forwards until both directions have ended.
  func run() {
    // During a blackhole no connection to the server is made either.
    waitWhileHeld(.toServer)
    if !isCut, let server = try? proxy.target.connect() {
      state.update { $0.sockets.append(server) }
      [client, server].forEach(Self.sendAtOnce)
      pass(to: server)
    }
    proxy.ended(number)
    state.update { state in
      for socket in state.sockets {
        // A process that was just started may have inherited the socket, so closing alone might end nothing.
        shutdown(socket, CInt(SHUT_RDWR))
        close(socket)
      }
      state.sockets = []
    }
  }

  private func pass(to server: CInt) {
    let back = Monitor(false)
    Thread.detachNewThread { [self] in
      var pump = Pump(.toClient, from: server, to: client, language, self, proxy.book)
      pump.run()
      back.update { $0 = true }
    }
    var pump = Pump(.toServer, from: client, to: server, language, self, proxy.book)
    pump.run()
    back.wait { $0 }
  }

  /// Ends both directions at once.
  func cut() {
    state.update { state in
      state.isCut = true
      // Wakes the threads that read or write there.
      for socket in state.sockets { shutdown(socket, CInt(SHUT_RDWR)) }
    }
    // Wakes the threads that wait for the end of a blackhole.
    proxy.state.update { _ in }
  }

  /// Forwards nothing more in `direction` until `lift`.
  func hold(_ direction: Fault.Direction) {
    state.update { _ = $0.held.insert(direction) }
  }

  /// Forwards again in both directions.
  func lift() {
    state.update { $0.held = [] }
  }

  /// Blocks the thread while `direction` is held.
  func waitWhileHeld(_ direction: Fault.Direction) {
    while !isCut {
      if proxy.state.value.held.contains(direction) {
        proxy.state.wait { [self] in !$0.held.contains(direction) || isCut }
      } else if state.value.held.contains(direction) {
        state.wait { !$0.held.contains(direction) || $0.isCut }
      } else {
        return
      }
    }
  }

  /// Blocks the thread for `time`, or until the connection is cut.
  func wait(_ time: Duration) {
    state.wait(limit: time) { $0.isCut }
  }

  private static func sendAtOnce(_ descriptor: CInt) {
    var yes: CInt = 1
    // The call fails on a Unix socket, which sends at once anyway.
    setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<CInt>.size))
  }
}
