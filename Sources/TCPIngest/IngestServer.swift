import Ingest
import Logging
public import SocketIO
import Synchronization
public import WireProtocol

/// The TCP side of a server: a listener, and a session for each connection.
public final class IngestServer: Sendable {
  /// Connections beyond the limit that are told so, at most, before accepting pauses.
  static let headroom = 64

  private let configuration: IngestServerConfiguration
  private let services: IngestServices
  private let loops: EventLoops
  private let newest = NewestSessions()
  private let refusals: RefusalLog
  private let sessions: [LoopBound<LoopSessions>]
  private let server: ProducerID
  private let census = Mutex(Census())
  private let listener: Listener
  private let timers = Mutex<[LoopTimer]>([])

  /// Who is connected, and who waits for nobody to be.
  private struct Census {
    var open = 0
    var closed = 0
    var isDraining = false
    var isPaused = false
    var whenEmpty: [CheckedContinuation<Void, Never>] = []
  }

  /// Binds and listens; nothing is accepted before `start`.
  /// - Throws: `SocketError` when the address can not be had.
  public init(
    _ configuration: IngestServerConfiguration, services: IngestServices, loops: EventLoops
  ) throws(SocketError) {
    self.configuration = configuration
    self.services = services
    refusals = RefusalLog(services.logger)
    self.loops = loops
    var random = SystemRandomNumberGenerator()
    server = ProducerID.random(using: &random)
    sessions = loops.all.map { LoopBound(handing: LoopSessions(), to: $0) }
    listener = try Listener(on: configuration.address, loops: loops)
  }

  /// Where it listens, with the port that was chosen.
  public var address: SocketAddress { listener.address }

  /// Those of `producers` that have a connection to this server.
  public func connected(of producers: Set<ProducerID>) -> Set<ProducerID> {
    newest.connected(of: producers)
  }

  /// Begins to accept connections. Once.
  public func start() {
    timers.withLock { timers in
      timers = sessions.map { sessions in
        sessions.loop.onTick(every: configuration.tick) {
          let now = ContinuousClock.now
          for session in sessions.value.all { session.tick(at: now) }
        }
      }
    }
    listener.start(self)
  }

  /// Stops taking batches, answers what was taken, and closes; then frees the port.
  ///
  /// Batches go on being committed by the store meanwhile: close the queue only afterwards. Cancelling
  /// the calling task changes nothing.
  /// - Returns: the number of accepted batches that are still not settled; 0 unless `limit` was over.
  public func drain(within limit: Duration) async -> Int {
    listener.close()
    census.withLock { $0.isDraining = true }
    everySession { $0.drain(within: limit, at: $1) }
    let alarm = loops.all[0].after(limit) { self.everySession { session, _ in session.close() } }
    await withCheckedContinuation { continuation in
      let isEmpty = census.withLock { census in
        if census.open == 0 { return true }
        census.whenEmpty.append(continuation)
        return false
      }
      if isEmpty { continuation.resume() }
    }
    alarm.cancel()
    for timer in timers.withLock({ $0 }) { timer.cancel() }
    return services.queue.depth.batches
  }

  private func everySession(_ body: @escaping @Sendable (Session, ContinuousClock.Instant) -> Void) {
    for sessions in sessions {
      sessions.loop.run {
        let now = ContinuousClock.now
        for session in sessions.value.all { body(session, now) }
      }
    }
  }
}

extension IngestServer: ListenerDelegate {
  /// Bounds the connections, with some headroom for those that are told so.
  public func hasRoom(afterAccepting count: Int, by listener: Listener) -> Bool {
    census.withLock { census in
      let hasRoom = count - census.closed < configuration.connections + Self.headroom
      census.isPaused = !hasRoom
      return hasRoom
    }
  }

  /// Begins a session, or one that only says why it can not be.
  public func accepted(_ socket: StreamSocket, by listener: Listener) {
    guard let sessions = sessions.first(where: { $0.loop === socket.loop }) else { return socket.close() }
    let now = ContinuousClock.now
    let session = Session(
      socket, ServerConnection(configuration: machineConfiguration, now: now),
      Session.Surroundings(
        configuration: configuration, services: services, newest: newest, refusals: refusals
      ) {
        [self] session in
        sessions.value.remove(session)
        sessionEnded()
      })
    let (open, isDraining) = census.withLock { census in
      census.open += 1
      return (census.open, census.isDraining)
    }
    sessions.value.insert(session)
    session.start()
    if isDraining {
      session.drain(within: .zero, at: now)
    } else if open > configuration.connections {
      session.fail(
        WireError(.tooManyConnections, "the server holds \(configuration.connections) connections already"),
        delay: .seconds(1), at: now)
    }
  }

  /// Logs that descriptors have run out.
  public func starved(_ listener: Listener, _ error: SocketError) {
    services.logger.error("no connection can be accepted for the moment", metadata: ["error": "\(error)"])
  }

  private func sessionEnded() {
    let (waiters, resumes) = census.withLock { census -> ([CheckedContinuation<Void, Never>], Bool) in
      census.open -= 1
      census.closed += 1
      defer { census.isPaused = false }
      guard census.open == 0, census.isDraining else { return ([], census.isPaused) }
      defer { census.whenEmpty = [] }
      return (census.whenEmpty, census.isPaused)
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
