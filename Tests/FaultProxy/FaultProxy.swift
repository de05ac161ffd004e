import Foundation

/// A proxy on this machine that does to connections what networks and crashes do.
///
/// Each connection has a thread for each direction, which reads, looks for messages where the protocol is
/// known, and passes on, unless a fault says otherwise. Faults are planned for a connection by its number,
/// or armed for whichever connection comes to the moment first.
public final class FaultProxy: Sendable {
  /// What goes wrong on the connection with this number, counted from 0.
  public typealias Plan = @Sendable (_ connection: Int) -> [Fault]

  struct State: Sendable {
    var target: ProxyAddress
    var held: Set<Fault.Direction> = []
    var connections: [Int: ProxiedConnection] = [:]
    var accepted = 0
    var isClosed = false
  }

  /// Where to connect to.
  public let address: ProxyAddress

  let book = FaultBook()
  let state: Monitor<State>
  private let listener: CInt
  private let language: ProxiedProtocol
  private let plan: Plan

  /// Listens, and connects each connection to `target`.
  /// - Parameters:
  ///   - address: Where to listen; a free port by default.
  ///   - language: What is spoken, for faults that count messages.
  ///   - plan: The faults of each connection; none by default.
  /// - Throws: `ProxyError`.
  public init(
    to target: ProxyAddress, on address: ProxyAddress = .tcp(port: 0), speaking language: ProxiedProtocol,
    plan: @escaping Plan = { _ in [] }
  ) throws {
    (listener, self.address) = try address.listen()
    self.language = language
    self.plan = plan
    state = Monitor(State(target: target))
    Thread.detachNewThread { [self] in accept() }
  }

  /// Lends a proxy to `body`, and closes it afterwards.
  @discardableResult
  public static func run<Value>(
    to target: ProxyAddress, on address: ProxyAddress = .tcp(port: 0), speaking language: ProxiedProtocol,
    plan: @escaping Plan = { _ in [] }, isolation: isolated (any Actor)? = #isolation,
    _ body: (FaultProxy) async throws -> Value
  ) async throws -> Value {
    let proxy = try FaultProxy(to: target, on: address, speaking: language, plan: plan)
    defer { proxy.close() }
    return try await body(proxy)
  }

  /// The port that it listens on; 0 for a Unix socket.
  public var port: Int {
    if case .tcp(let port) = address { Int(port) } else { 0 }
  }

  /// Where further connections go: a server that was started again may have another port.
  public var target: ProxyAddress {
    get { state.value.target }
    set { state.update { $0.target = newValue } }
  }

  /// Connections so far.
  public var acceptedCount: Int { state.value.accepted }

  /// Connections that are open.
  public var openCount: Int { state.value.connections.count }

  /// Has a fault wait for the first connection that comes to its moment.
  @discardableResult
  public func arm(_ fault: Fault) -> ArmedFault {
    book.add(fault, connection: nil)
  }

  /// Forgets every armed fault that has not happened.
  public func disarm() {
    book.disarm()
  }

  /// Cuts every connection now.
  /// - Returns: how many.
  @discardableResult
  public func cutAll() -> Int {
    let connections = state.value.connections.values
    for connection in connections { connection.cut() }
    return connections.count
  }

  /// Passes nothing on in these directions any more, on no connection, until `lift`. New connections are
  /// taken, and hear nothing.
  public func blackhole(_ directions: Set<Fault.Direction> = [.toServer, .toClient]) {
    state.update { $0.held.formUnion(directions) }
  }

  /// Ends every blackhole: what is waiting goes on.
  public func lift() {
    state.update { state in
      state.held = []
      for connection in state.connections.values { connection.lift() }
    }
  }

  /// Closes everything.
  public func close() {
    let isFirst = state.update { state in
      defer { state.isClosed = true }
      return !state.isClosed
    }
    guard isFirst else { return }
    // Wakes the thread that accepts, which then closes the socket.
    shutdown(listener, CInt(SHUT_RDWR))
    cutAll()
  }

  private func accept() {
    while true {
      let descriptor = Glibc.accept(listener, nil, nil)
      if state.value.isClosed {
        if descriptor >= 0 { Glibc.close(descriptor) }
        break
      }
      if descriptor >= 0 {
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        open(descriptor)
      } else if errno != EINTR && errno != ECONNABORTED {
        // Out of descriptors, perhaps: connections that end give some back.
        usleep(10_000)
      }
    }
    Glibc.close(listener)
    if case .unix(let path) = address { unlink(path) }
  }

  private func open(_ client: CInt) {
    let number = state.update { state in
      defer { state.accepted += 1 }
      return state.accepted
    }
    for fault in plan(number) { _ = book.add(fault, connection: number) }
    let connection = ProxiedConnection(number, client: client, language, self)
    state.update { $0.connections[number] = connection }
    Thread.detachNewThread { connection.run() }
  }

  /// The connection is over.
  func ended(_ number: Int) {
    book.forget(connection: number)
    state.update { $0.connections[number] = nil }
  }
}
