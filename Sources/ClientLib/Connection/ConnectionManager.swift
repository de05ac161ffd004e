import Logging
import SocketIO
import WireProtocol

/// Keeps a producer connected. Calls the outbox and the endpoint selector with the events of connections,
/// and carries out their decisions. Confined to one event loop.
final class ConnectionManager {
  /// Makes a transport from a socket and the host that it is connected to.
  typealias TransportMaker = @Sendable (StreamSocket, String) -> any ByteTransport

  /// Constants of the connection manager.
  struct Setting: Sendable {
    let endpoints: [Endpoint]
    let configuration: Producer.Configuration
    let logger: Logger
    /// Report of the opened spool; nil without a spool.
    var spool: SpoolReport?
    /// Makes the transport of a connection, from its socket and the host of its endpoint. By default the
    /// socket itself.
    var transport: TransportMaker = { socket, _ in socket }
    /// Told whether the connection leads to the first endpoint, the channel's own server; nil for a channel
    /// without a server of its own.
    var homeChanged: (@Sendable (_ isAvailable: Bool) -> Void)?
    /// Number of the channel, from 0 on.
    var channel = 0
    let observers: ProducerObservers
    /// Called when no further attempt can help and the channel has ended.
    var gaveUp: @Sendable (ProducerError) -> Void = { _ in }
  }

  let outbox: SharedOutbox
  let setting: Setting
  let loop: EventLoop
  /// Fulfilled when the first connection is open, or with the reason why none can be.
  let opened: Promise<Result<Void, ProducerError>>
  /// Fulfilled when everything is closed after `close`.
  let closed = Promise<Void>()

  var selector: EndpointSelector
  var generator = SystemRandomNumberGenerator()
  /// Connection that batches are sent on, from its handshake on.
  var current: ServerLink?
  /// Connections in their closing handshake: no more batches are sent, answers are still read.
  private var closing: [ServerLink] = []
  private var isClosing = false
  /// When `connect` returns without a connection at the latest; nil unless the producer may start offline.
  let startsOfflineAt: ContinuousClock.Instant?
  var isStopped = false
  var connections = 0
  var storeIsUnavailable = false
  private var attempt: ConnectAttempt?
  /// Attempt to get back to the own server, while the connection to another one is used.
  var returning: ConnectAttempt?
  /// Nil without a server of its own.
  var home: HomeServer?
  private var retry: LoopTimer?
  private var ticker: LoopTimer?
  /// Reference to self for closures on other threads.
  private(set) var this: LoopBound<ConnectionManager>?

  init(
    _ outbox: SharedOutbox, _ setting: Setting, on loop: EventLoop,
    opened: Promise<Result<Void, ProducerError>>, now: ContinuousClock.Instant
  ) {
    self.outbox = outbox
    self.setting = setting
    self.loop = loop
    self.opened = opened
    let configuration = setting.configuration
    startsOfflineAt = configuration.startsOffline ? now + .seconds(1) : nil
    if setting.homeChanged != nil { home = HomeServer() }
    selector = EndpointSelector(
      endpoints: setting.endpoints.map(\.description),
      backoff: Backoff(shortest: configuration.shortestPause, longest: configuration.longestPause),
      deadline: startsOfflineAt == nil ? now + configuration.connectTimeout : nil,
      unansweredHellos: setting.spool?.isContinued == true ? 1 : 0)
  }

  /// Starts connecting. `this` refers to the same object.
  func start(_ this: LoopBound<ConnectionManager>) {
    self.this = this
    for (kind, message) in setting.spool?.notices ?? [] { tell(kind, message) }
    ticker = loop.onTick(every: .milliseconds(500)) { this.value.tick(now: .now) }
    connect(to: selector.current, after: .zero)
  }

  /// Sends the batches that may be sent now.
  func pump(now: ContinuousClock.Instant) {
    guard let link = current, link.isOpen else { return }
    while link.hasRoom {
      let next = outbox.withOutbox { outbox, statistics in
        let next = outbox.next(now: now) { link.maySend(rawLength: $0) }
        switch next {
        case .nothing: break
        case .batch(let outgoing):
          outbox.markSent(outgoing.header.sequence)
          if outgoing.wasSentBefore { statistics.resent += 1 }
        case .refused(let settlement): statistics.note(settlement)
        }
        return next
      }
      switch next {
      case .nothing: return link.flush(now: now)
      case .batch(let outgoing): link.publish(outgoing, now: now)
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
    tellOutbox()
    for link in closing { link.tick(now: now) }
    current?.tick(now: now)
    if let startsOfflineAt, now >= startsOfflineAt { startOffline("no server answered yet") }
    tickHome(now: now)
    pump(now: now)
  }

  /// Connects after a pause.
  func connect(to endpoint: Int, after pause: Duration) {
    guard let this, !isStopped else { return }
    precondition(current == nil && attempt == nil, "one connection is made at a time")
    guard pause > .zero else { return connectNow(to: endpoint, this) }
    retry = loop.after(pause) { this.value.connectNow(to: endpoint, this) }
  }

  private func connectNow(to endpoint: Int, _ this: LoopBound<ConnectionManager>) {
    guard !isStopped else { return }
    retry = nil
    attempt = loop.connect(
      to: setting.endpoints[endpoint].address,
      timeout: selector.timeout(now: .now, longest: setting.configuration.attemptTimeout)
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
      open(socket, to: endpoint)
    }
  }

  /// Starts the handshake on a connected socket.
  func open(_ socket: StreamSocket, to endpoint: Int) {
    assert(current == nil, "two connections were made at once")
    let transport = setting.transport(socket, setting.endpoints[endpoint].address.host)
    let keyAuthentication = setting.configuration.keyAuthentication
    if keyAuthentication != nil,
      let error = ProducerError.unprotectedKey(
        isEncrypted: transport.isEncrypted, peer: socket.peer, endpoint: setting.endpoints[endpoint])
    {
      socket.close()
      return giveUp(error)
    }
    let (producer, base) = outbox.withOutbox { outbox, _ in outbox.makeHello() }
    let hello = Hello(
      producer: producer, base: base, clientName: setting.configuration.name,
      hasKey: setting.configuration.announcesKey)
    current = ServerLink(
      transport, hello: hello, authentication: keyAuthentication?(transport), endpoint: endpoint,
      handshake: selector.timeout(now: .now, longest: setting.configuration.attemptTimeout),
      manager: self, now: .now)
  }

  /// Closes everything at once.
  func stop() {
    guard !isStopped else { return }
    isStopped = true
    attempt?.cancel()
    returning?.cancel()
    setting.homeChanged?(false)
    retry?.cancel()
    ticker?.cancel()
    for link in closing { link.close() }
    current?.close()
    (closing, current, retry, ticker, this) = ([], nil, nil, nil, nil)
    // The ticker tells no more, and a gauge keeps its last value.
    setting.observers.outboxChanged?(setting.channel, 0, 0)
    closed.fulfil(())
  }
}

extension ConnectionManager {
  /// Time for the answers of a connection in its closing handshake, in addition to the time that its server
  /// announced. After it, the connection is closed.
  private static let closeTimeout = Duration.seconds(2)

  /// Handles the end of a link, and closes its socket.
  func linkEnded(_ link: ServerLink, _ failure: ConnectionFailure) {
    link.close()
    closing.removeAll { $0 === link }
    guard link === current else {
      if isClosing, closing.isEmpty { stop() }
      return
    }
    current = nil
    home?.disconnected(now: .now)
    if link.lineage == nil { selector.helloWasUnanswered() }
    if ContinuousClock.now - link.openedAt >= setting.configuration.longestPause { selector.succeeded() }
    tell(.disconnected, "the connection ended: \(failure.text(at: place(link)))")
    failed(failure)
  }

  /// Handles the failure of a connection or of an attempt.
  func failed(_ failure: ConnectionFailure) {
    let place = "\(setting.endpoints[selector.current])"
    switch selector.failed(failure, now: .now, using: &generator) {
    case .connect(let endpoint, let pause):
      let reason = failure.text(at: place)
      if startsOfflineAt != nil { startOffline("the server cannot be reached: \(reason)") }
      setting.logger.debug(
        "connecting again",
        metadata: [
          "endpoint": "\(setting.endpoints[endpoint])", "pause": "\(pause)", "reason": "\(reason)",
        ])
      connect(to: endpoint, after: pause)
    case .renewIdentity(let endpoint, let pause):
      renewIdentity(failure)
      connect(to: endpoint, after: pause)
    case .giveUp(let error):
      giveUp(error)
    }
  }

  private func renewIdentity(_ failure: ConnectionFailure) {
    let identity = ProducerID.random(using: &generator)
    outbox.withOutbox { outbox, _ in outbox.renew(as: identity) }
    tell(
      .identityRenewed,
      "\(failure.text(at: "the server")); unsettled batches are sent again under the new identity \(identity)"
    )
  }

  /// Ends the producer, because no further attempt can help.
  func giveUp(_ reason: ProducerError) {
    var error = reason
    if error.code == .superseded, outbox.hasSpool {
      // Otherwise the next producer over this spool and its copy would supersede each other again.
      let identity = ProducerID.random(using: &generator)
      outbox.withOutbox { outbox, _ in outbox.renew(as: identity) }
      error = .spoolCopied(reason, identity)
    }
    end(error)
  }

  /// Ends the channel and tells its producer, unless it has ended.
  func end(_ error: ProducerError) {
    guard !isStopped else { return }
    let end = outbox.end(error)
    if connections > 0 || startsOfflineAt != nil { setting.logger.error("the producer gave up: \(end)") }
    opened.fulfil(.failure(end))
    stop()
    setting.gaveUp(end)
  }

  /// Starts the closing handshake of `link` and connects again.
  func move(
    away link: ServerLink, within: Duration, reason: String, _ now: ContinuousClock.Instant
  ) {
    guard leave(link, within: within, now) else { return }
    tell(.moving, "\(place(link)) takes no more batches: \(reason)")
    homeLeft(link)
    failed(.goAway)
  }

  /// Starts the closing handshake of `link`, which is read to its end meanwhile.
  /// - Returns: whether it was the current connection, of which there is none now.
  func leave(_ link: ServerLink, within: Duration, _ now: ContinuousClock.Instant) -> Bool {
    link.closesBy = now + min(within, .seconds(60)) + Self.closeTimeout
    link.startClosing(reason: "moving to another connection", now: now)
    guard link === current else { return false }
    current = nil
    closing.append(link)
    return true
  }

  /// Starts the closing handshake after everything is settled. `stop` follows when the servers have closed,
  /// or after `closeTimeout`.
  func close(now: ContinuousClock.Instant) {
    assert(outbox.end != nil, "the closing handshake starts before the producer ended")
    guard let link = current, link.isOpen else { return stop() }
    isClosing = true
    current = nil
    closing.append(link)
    for link in closing { link.closesBy = now + Self.closeTimeout }
    link.startClosing(reason: "the producer is closed", now: now)
  }
}
