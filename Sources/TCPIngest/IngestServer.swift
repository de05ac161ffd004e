import Ingest
import Logging
public import SocketIO
import Synchronization
public import WireProtocol

/// The TCP side of a server: a listener, and an `IngestConnection` for each accepted socket.
public final class IngestServer: Sendable {
  /// Connections beyond the limit that are accepted to be told so. With more, accepting pauses.
  public static let headroom = 64

  private let configuration: IngestServerConfiguration
  private let services: IngestServices
  private let loops: EventLoops
  private let registry = ConnectionRegistry()
  private let addresses: PeerAddresses
  private let unauthenticated: UnauthenticatedConnections
  private let refusals: RefusalLog
  private let connections: [LoopBound<LoopConnections>]
  private let server: ProducerID
  private let counts = Mutex(ConnectionCounts())
  private let listener: Listener
  private let timers = Mutex<[LoopTimer]>([])

  private struct ConnectionCounts {
    var open = 0
    /// Connections that were open and are closed.
    var closed = 0
    var isDraining = false
    /// Whether the listener paused because there was no room.
    var isPaused = false
    /// Resumed when a draining server has no connection any more.
    var whenEmpty: [CheckedContinuation<Void, Never>] = []
  }

  /// Binds and listens; nothing is accepted before `start`.
  /// - Throws: `SocketError` with operation `listen` when the system refuses the address.
  public init(
    _ configuration: IngestServerConfiguration, services: IngestServices, loops: EventLoops
  ) throws(SocketError) {
    self.configuration = configuration
    self.services = services
    refusals = RefusalLog(services.logger)
    addresses = PeerAddresses(
      hellosPerSecond: configuration.hellosOfAddress, timeout: configuration.handshake / 2)
    unauthenticated = UnauthenticatedConnections(
      bound: configuration.unauthenticated, boundOfAddress: configuration.unauthenticatedOfAddress)
    self.loops = loops
    var random = SystemRandomNumberGenerator()
    server = ProducerID.random(using: &random)
    connections = loops.all.map { LoopBound(handing: LoopConnections(), to: $0) }
    listener = try Listener(on: configuration.address, loops: loops)
  }

  /// The address of the listener, with the port that the system chose if the configuration has port 0.
  public var address: SocketAddress { listener.address }

  /// The members of `producers` that have a connection to this server.
  public func connected(of producers: Set<ProducerID>) -> Set<ProducerID> {
    registry.connected(of: producers)
  }

  /// The producers that have a connection to this server.
  public var connectedProducers: Set<ProducerID> { registry.connected }

  /// Begins to accept connections. Called once.
  public func start() {
    timers.withLock { timers in
      precondition(timers.isEmpty, "a server was started twice")
      let memory = services.connectionMemory
      timers = connections.map { connections in
        connections.loop.onTick(every: configuration.tick) {
          let now = ContinuousClock.now
          for connection in connections.value.all { connection.tick(at: now) }
          connections.value.endSlowest(at: now) { memory.isContended }
        }
      }
    }
    listener.start(self)
  }

  /// Takes no more batches, answers the accepted ones, closes the connections, and frees the port.
  ///
  /// The store must go on committing meanwhile, so the queue is closed only after this returns. Cancelling the
  /// calling task has no effect.
  /// - Parameter limit: the time after which connections are closed without further answers.
  /// - Returns: the number of accepted batches that are not settled; 0 unless `limit` was over.
  public func drain(within limit: Duration) async -> Int {
    listener.close()
    counts.withLock { $0.isDraining = true }
    forEachConnection { $0.drain(within: limit, at: $1) }
    let alarm = loops.all[0].after(limit) { self.forEachConnection { $0.end(.timedOut, at: $1) } }
    await withCheckedContinuation { continuation in
      let isEmpty = counts.withLock { counts in
        if counts.open == 0 { return true }
        counts.whenEmpty.append(continuation)
        return false
      }
      if isEmpty { continuation.resume() }
    }
    alarm.cancel()
    for timer in timers.withLock({ $0 }) { timer.cancel() }
    return services.queue.depth.batches
  }

  private func forEachConnection(
    _ body: @escaping @Sendable (IngestConnection, ContinuousClock.Instant) -> Void
  ) {
    for connections in connections {
      connections.loop.run {
        let now = ContinuousClock.now
        for connection in connections.value.all { body(connection, now) }
      }
    }
  }
}

extension IngestServer: ListenerDelegate {
  /// Bounds the number of connections, with `headroom` for those that are only told that there are too many.
  public func hasRoom(afterAccepting count: Int, by listener: Listener) -> Bool {
    counts.withLock { counts in
      let hasRoom = count - counts.closed < configuration.connections + Self.headroom
      counts.isPaused = !hasRoom
      return hasRoom
    }
  }

  /// Starts a connection. When there are too many, ends it or an older one that has delivered nothing.
  public func accepted(_ socket: StreamSocket, by listener: Listener) {
    guard let neighbours = connections.first(where: { $0.loop === socket.loop }) else {
      preconditionFailure("a connection was accepted on an unknown loop")
    }
    let now = ContinuousClock.now
    let connection = IngestConnection(
      configuration.transport(socket),
      ServerConnection(
        configuration: machineConfiguration, challenge: services.authenticator?.makeChallenge(), now: now),
      IngestConnection.Dependencies(
        configuration: configuration, services: services, registry: registry, addresses: addresses,
        unauthenticated: unauthenticated, quotas: services.quotas, refusals: refusals
      ) { [self] connection in
        neighbours.value.remove(connection)
        addresses.closed(connection.transport.peer?.network, at: .now)
        unauthenticated.remove(connection)
        connectionEnded()
      })
    let sameAddress = addresses.opened(socket.peer?.network)
    let (open, isDraining) = counts.withLock { counts in
      counts.open += 1
      return (counts.open, counts.isDraining)
    }
    neighbours.value.insert(connection)
    connection.start()
    if services.authenticator != nil { askForKey(on: connection, at: now) }
    if isDraining {
      connection.drain(within: .zero, at: now)
    } else if sameAddress > configuration.addressBound {
      makeRoom(
        for: connection, among: neighbours.value, ofItsAddress: true,
        "the server already holds \(configuration.addressBound) connections of this address", at: now)
    } else if open > configuration.connections {
      makeRoom(
        for: connection, among: neighbours.value, ofItsAddress: false,
        "the server already holds \(configuration.connections) connections", at: now)
    }
  }

  /// Counts a connection that must prove a key, unless its bytes can be read on their way. A proof over such a
  /// connection does not show the key, but whoever reads along can take over the connection after it.
  private func askForKey(on connection: IngestConnection, at now: ContinuousClock.Instant) {
    let transport = connection.transport
    guard transport.isEncrypted || transport.peer?.isLoopback != false else {
      return connection.end(.failed(.keysNeedTLS), at: now)
    }
    unauthenticated.insert(connection)
  }

  /// Ends the oldest connection that has delivered nothing, so that `newcomer` can stay. When all others have
  /// delivered, the newcomer ends.
  private func makeRoom(
    for newcomer: IngestConnection, among connections: LoopConnections, ofItsAddress: Bool, _ reason: String,
    at now: ContinuousClock.Instant
  ) {
    let error = WireError(.tooManyConnections, "\(reason); try again later")
    let oldest = connections.takeOldestUndelivered(
      of: newcomer.transport.peer?.network, orOfAny: !ofItsAddress, except: newcomer)
    if let oldest {
      oldest.end(.evicted(error, delay: .seconds(1)), at: now)
    } else {
      newcomer.end(.failed(error, delay: .seconds(1)), at: now)
    }
  }

  /// Logs that the system has no descriptor or no memory for another connection.
  public func starved(_ listener: Listener, _ error: SocketError) {
    services.logger.error("no connection can be accepted for the moment", metadata: ["error": "\(error)"])
  }

  private func connectionEnded() {
    let (waiters, resumes) = counts.withLock { counts -> ([CheckedContinuation<Void, Never>], Bool) in
      counts.open -= 1
      precondition(counts.open >= 0, "more connections ended than began")
      counts.closed += 1
      defer { counts.isPaused = false }
      guard counts.open == 0, counts.isDraining else { return ([], counts.isPaused) }
      defer { counts.whenEmpty = [] }
      return (counts.whenEmpty, counts.isPaused)
    }
    if resumes { listener.resume() }
    for waiter in waiters { waiter.resume() }
  }

  private var machineConfiguration: ServerConnection.Configuration {
    ServerConnection.Configuration(
      limits: configuration.limits, credit: configuration.credit, server: server,
      handshake: configuration.handshake, bodyProgress: configuration.bodyProgress)
  }
}
