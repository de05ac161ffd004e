import Logging
import SocketIO
import WireProtocol

/// Keeps a producer connected and its batches moving. It turns what happens on connections into calls on the
/// outbox and the route, and their answers into calls on sessions; it decides nothing else. Lives on one
/// loop.
final class Courier {
  /// What the courier needs to know besides the outbox.
  struct Setting: Sendable {
    let endpoints: [Endpoint]
    let configuration: Producer.Configuration
    let logger: Logger
    /// What is to be told of the spool; nil without one.
    var spool: SpoolReport?
  }

  let outbox: SharedOutbox
  let setting: Setting
  let loop: EventLoop
  /// Fulfilled when the first connection is open, or none can be.
  let opened: Promise<Result<Void, ProducerError>>
  /// Fulfilled when everything is closed after `leave`.
  let left = Promise<Void>()

  var route: Route
  var generator = SystemRandomNumberGenerator()
  /// The connection that batches are sent on, from its first byte on.
  var current: Session?
  /// Connections that said goodbye and are read to their ends.
  var leaving: [Session] = []
  var isLeaving = false
  var isStopped = false
  var connections = 0
  var storeIsAway = false
  private var attempt: ConnectAttempt?
  private var retry: LoopTimer?
  private var ticker: LoopTimer?
  /// The same object, for closures.
  private var this: LoopBound<Courier>?

  init(
    _ outbox: SharedOutbox, _ setting: Setting, on loop: EventLoop,
    opened: Promise<Result<Void, ProducerError>>, now: ContinuousClock.Instant
  ) {
    self.outbox = outbox
    self.setting = setting
    self.loop = loop
    self.opened = opened
    let configuration = setting.configuration
    route = Route(
      endpoints: setting.endpoints.map(\.description),
      backoff: Backoff(shortest: configuration.shortestPause, longest: configuration.longestPause),
      deadline: now + configuration.connectTimeout,
      lateHellos: setting.spool?.isContinued == true ? 1 : 0)
  }

  /// Begins to connect. `this` is the same object.
  func start(_ this: LoopBound<Courier>) {
    self.this = this
    for (kind, message) in setting.spool?.notices ?? [] { tell(kind, message) }
    ticker = loop.onTick(every: .milliseconds(500)) { this.value.tick(now: .now) }
    connect(to: route.current, after: .zero)
  }

  /// Sends what may be sent now.
  func pump(now: ContinuousClock.Instant) {
    guard let session = current, session.isOpen else { return }
    while session.hasRoom {
      let next = outbox.withOutbox { outbox, statistics in
        let next = outbox.next(now: now) { session.maySend(rawLength: $0) }
        switch next {
        case .nothing: break
        case .batch(let shipment):
          outbox.markSent(shipment.header.sequence)
          if shipment.wasSentBefore { statistics.resent += 1 }
        case .refused(let settlement): statistics.note(settlement)
        }
        return next
      }
      switch next {
      case .nothing: return session.flush(now: now)
      case .batch(let shipment): session.publish(shipment, now: now)
      case .refused(let settlement): settlement.tell()
      }
    }
  }

  private func tick(now: ContinuousClock.Instant) {
    let expired = outbox.withOutbox { outbox, statistics in
      let expired = outbox.dropExpired(now)
      statistics.expired += expired.count
      return expired
    }
    for settlement in expired { settlement.tell() }
    for session in leaving { session.tick(now: now) }
    current?.tick(now: now)
    pump(now: now)
  }

  /// Connects, after a pause.
  func connect(to endpoint: Int, after pause: Duration) {
    guard let this, !isStopped else { return }
    precondition(current == nil && attempt == nil, "one connection is made at a time")
    guard pause > .zero else { return connectNow(to: endpoint, this) }
    retry = loop.after(pause) { this.value.connectNow(to: endpoint, this) }
  }

  private func connectNow(to endpoint: Int, _ this: LoopBound<Courier>) {
    guard !isStopped else { return }
    retry = nil
    attempt = loop.connect(
      to: setting.endpoints[endpoint].address,
      timeout: route.patience(now: .now, longest: setting.configuration.attemptTimeout)
    ) { result in
      this.value.connected(result, endpoint)
    }
  }

  private func connected(_ result: Result<StreamSocket, SocketError>, _ endpoint: Int) {
    attempt = nil
    switch result {
    case .failure(let error):
      if !isStopped { failed(.socket(error)) }
    case .success(let socket):
      guard !isStopped else { return socket.close() }
      assert(current == nil, "two connections were made at once")
      let (producer, base) = outbox.withOutbox { outbox, _ in outbox.introduce() }
      let hello = Hello(producer: producer, base: base, clientName: setting.configuration.name)
      current = Session(
        socket, hello: hello, endpoint: endpoint,
        handshake: route.patience(now: .now, longest: setting.configuration.attemptTimeout),
        courier: self, now: .now)
    }
  }

  /// Closes everything at once.
  func stop() {
    guard !isStopped else { return }
    isStopped = true
    attempt?.cancel()
    retry?.cancel()
    ticker?.cancel()
    for session in leaving { session.close() }
    current?.close()
    (leaving, current, retry, ticker, this) = ([], nil, nil, nil, nil)
    left.fulfil(())
  }
}
