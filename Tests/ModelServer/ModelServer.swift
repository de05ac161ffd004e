public import SocketIO
public import WireProtocol

/// State of a model server. All of it is used on the server's loop alone.
public final class ModelServerState {
  /// Present behaviour.
  public internal(set) var manners = Manners()
  /// Sequences in the order in which they arrived, over all connections.
  public internal(set) var published: [UInt64] = []
  /// The keys of all events that arrived, stored or not, when `Manners.notesKeys` says so.
  public internal(set) var arrivedKeys: Set<[UInt8]> = []
  /// Codecs of the batches, in the order of arrival.
  public internal(set) var codecs: [Codec] = []
  /// The times to live of batches, in milliseconds, 0 for none.
  public internal(set) var timesToLive: [UInt32] = []
  /// The contexts of the batches' spans, nil for batches without one.
  public internal(set) var traceContexts: [String?] = []
  /// The base of each HELLO.
  public internal(set) var helloBases: [UInt64] = []
  /// Connections so far.
  public private(set) var connections = 0

  let ledger: SharedLedger
  private var sessions: [ModelSession] = []
  private var waiting: [(condition: (ModelServerState) -> Bool, resume: @Sendable () -> Void)] = []

  init(_ ledger: SharedLedger) {
    self.ledger = ledger
  }

  /// Connections that are open.
  public var openConnections: Int { sessions.count }

  func accepted(_ socket: StreamSocket) {
    connections += 1
    sessions.append(ModelSession(socket, self))
    changed()
  }

  func ended(_ session: ModelSession) {
    sessions.removeAll { $0 === session }
    changed()
  }

  func supersede(_ producer: ProducerID, by newer: ModelSession) {
    for session in sessions where session !== newer && session.producer == producer { session.supersede() }
  }

  /// Resumes the waiters whose condition holds now.
  func changed() {
    let met = waiting.filter { $0.condition(self) }
    waiting.removeAll { $0.condition(self) }
    for waiter in met { waiter.resume() }
  }

  func wait(_ condition: @escaping (ModelServerState) -> Bool, _ resume: @escaping @Sendable () -> Void) {
    waiting.append((condition, resume))
    changed()
  }

  /// Cuts all connections without a word.
  public func cutAll() {
    for session in sessions { session.end() }
  }

  /// Sends GOAWAY on all connections.
  public func goAwayAll() {
    for session in sessions { session.goAway() }
  }

  /// Ends all connections with an error.
  public func failAll(_ error: WireError) {
    for session in sessions { session.fail(error) }
  }

  /// Changes the behaviour. Held commits happen now when they are not held any more.
  public func behave(_ change: (inout Manners) -> Void) {
    change(&manners)
    if !manners.stopsReading {
      for session in sessions { session.resumeReading() }
    }
    guard !manners.holdsCommits else { return }
    for session in sessions { session.commitHeld() }
  }
}

/// A server for the tests of clients: the real protocol machine on real sockets, with a ledger in memory.
public final class ModelServer: Sendable, ListenerDelegate {
  /// Stored batches and events.
  public let ledger: SharedLedger
  private let listener: Listener
  private let state: LoopBound<ModelServerState>

  /// A server on a free port of this machine, or on `port`.
  public init(
    ledger: SharedLedger = SharedLedger(), port: UInt16 = 0, _ manners: Manners = Manners()
  ) throws(SocketError) {
    self.ledger = ledger
    let loops = EventLoops(count: 1, name: "model-server")
    listener = try Listener(on: .loopback(port: port), loops: loops)
    let state = ModelServerState(ledger)
    state.manners = manners
    self.state = LoopBound(handing: state, to: loops.next())
    listener.start(self)
  }

  /// Port on which the server listens.
  public var port: UInt16 { listener.address.port }

  /// Takes a new connection.
  public func accepted(_ socket: StreamSocket, by listener: Listener) { state.value.accepted(socket) }

  /// Ignored: a model server opens few files.
  public func starved(_ listener: Listener, _ error: SocketError) {}

  /// Runs `body` on the loop of the server.
  public func with<Result: Sendable>(
    _ body: @escaping @Sendable (ModelServerState) -> Result
  ) async -> Result {
    await withCheckedContinuation { continuation in
      state.loop.run { [state] in continuation.resume(returning: body(state.value)) }
    }
  }

  /// Returns once `condition` holds.
  public func waits(until condition: @escaping @Sendable (ModelServerState) -> Bool) async {
    await withCheckedContinuation { continuation in
      state.loop.run { [state] in state.value.wait(condition) { continuation.resume() } }
    }
  }

  /// Stops listening, cuts what is connected, and frees the port.
  public func close() async {
    await withCheckedContinuation { continuation in
      listener.close { [state] in
        state.value.cutAll()
        continuation.resume()
      }
    }
  }
}
