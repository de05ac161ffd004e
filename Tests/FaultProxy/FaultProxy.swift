import Foundation

/// A proxy on this machine that affects connections as networks and crashes do.
///
/// Each connection has one thread per direction. The thread reads, finds messages if it knows the protocol,
/// and forwards them, unless a fault says otherwise. Faults are planned for a connection by its number, or
/// armed for the first connection that reaches the moment.
public final class FaultProxy: Sendable {
  /// Returns the faults of the connection with this number, counted from 0.
  public typealias Plan = @Sendable (_ connection: Int) -> [Fault]

  struct State: Sendable {
    var target: ProxyAddress
    var held: Set<Fault.Direction> = []
    var connections: [Int: ProxiedConnection] = [:]
    var accepted = 0
    var isClosed = false
  }

  /// The address that clients connect to.
  public let address: ProxyAddress

  let book = FaultBook()
  let state: Monitor<State>
  private let listener: CInt
  private let language: ProxiedProtocol
  private let plan: Plan

  /// Listens, and connects each accepted connection to `target`.
  /// - Parameters:
  ///   - address: The address to listen on; by default a free port.
  ///   - language: The protocol of the connections, for faults that count messages.
  ///   - plan: Returns the faults of each connection; by default none.
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

  /// Calls `body` with a proxy, and closes the proxy afterwards.
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

  /// The port that the proxy listens on; 0 for a Unix socket.
  public var port: Int {
    if case .tcp(let port) = address { Int(port) } else { 0 }
  }

  /// The address to which later connections go. A server may have another port after a restart.
  public var target: ProxyAddress {
    get { state.value.target }
    set { state.update { $0.target = newValue } }
  }

  /// The number of connections accepted so far.
  public var acceptedCount: Int { state.value.accepted }

  /// The number of open connections.
  public var openCount: Int { state.value.connections.count }

  /// Arms a fault for the first connection that reaches its moment.
  @discardableResult
  public func arm(_ fault: Fault) -> ArmedFault {
    book.add(fault, connection: nil)
  }

  /// Removes every armed fault that has not happened.
  public func disarm() {
    book.disarm()
  }

  /// Cuts every connection now.
  /// - Returns: The number of connections that were cut.
  @discardableResult
  public func cutAll() -> Int {
    let connections = state.value.connections.values
    for connection in connections { connection.cut() }
    return connections.count
  }

  /// Forwards nothing more in these directions, on any connection, until `lift`. New connections are accepted
  /// and receive nothing.
  public func blackhole(_ directions: Set<Fault.Direction> = [.toServer, .toClient]) {
    state.update { $0.held.formUnion(directions) }
  }

  /// Ends every blackhole, and forwards the bytes that waited.
  public func lift() {
    state.update { state in
      state.held = []
      for connection in state.connections.values { connection.lift() }
    }
  }

  /// Closes the listener and all connections.
  public func close() {
    let isFirst = state.update { state in
      defer { state.isClosed = true }
      return !state.isClosed
    }
    guard isFirst else { return }
    // Wakes the accepting thread, which then closes the socket.
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
        // Perhaps the process has no free descriptor. A connection that ends frees some.
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

  /// Removes a connection that has ended.
  func ended(_ number: Int) {
    book.forget(connection: number)
    state.update { $0.connections[number] = nil }
  }
}
