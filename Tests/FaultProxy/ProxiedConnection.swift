import Foundation

/// One connection through a proxy: two sockets, and a thread for each direction.
final class ProxiedConnection: Sendable {
  private struct State: Sendable {
    /// The descriptors that are open; closed under the lock, so that nobody shuts down another's.
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

  /// Whether it was cut.
  var isCut: Bool { state.value.isCut }

  /// Connects to the server, and passes on until both directions are over.
  func run() {
    // Where nothing passes, no connection is made either.
    waitWhileHeld(.toServer)
    if !isCut, let server = try? proxy.target.connect() {
      state.update { $0.sockets.append(server) }
      [client, server].forEach(Self.sendAtOnce)
      pass(to: server)
    }
    proxy.ended(number)
    state.update { state in
      for socket in state.sockets {
        // A process that was just started may have inherited it, so closing alone could end nothing.
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

  /// Ends it in both directions at once.
  func cut() {
    state.update { state in
      state.isCut = true
      // Whoever reads or writes there wakes up.
      for socket in state.sockets { shutdown(socket, CInt(SHUT_RDWR)) }
    }
    // And whoever waits for the end of a blackhole.
    proxy.state.update { _ in }
  }

  /// Passes nothing on in `direction` until `lift`.
  func hold(_ direction: Fault.Direction) {
    state.update { _ = $0.held.insert(direction) }
  }

  /// Passes on again.
  func lift() {
    state.update { $0.held = [] }
  }

  /// Blocks the thread while nothing may pass in `direction`.
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

  /// Blocks the thread so long, or until the connection is cut.
  func wait(_ time: Duration) {
    state.wait(limit: time) { $0.isCut }
  }

  private static func sendAtOnce(_ descriptor: CInt) {
    var yes: CInt = 1
    // Fails on a Unix socket, which does so anyway.
    setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<CInt>.size))
  }
}
