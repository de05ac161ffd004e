import Ingest
import SocketIO
internal import StoreInterface
import WireProtocol

/// One connection of a producer. Calls of the transport, the store and the queue go to the connection
/// machine, and `perform` does what the machine answers. The protocol's rules are in the machine alone.
///
/// A connection lives on the loop of its transport, and only that loop uses it.
final class IngestConnection: ByteTransportDelegate {
  let transport: any ByteTransport
  let dependencies: Dependencies
  let services: IngestServices
  var machine: ServerConnection
  var receiving = ReceiveState()
  private var closing = CloseState()
  private var memoryUse: MemoryUse
  var registrar: Registrar
  /// The login; nil when the server asks for no key.
  var login: ConnectionLogin?
  /// Takes batches; nil before the store has registered the producer.
  var admission: BatchAdmission?
  /// Made with `admission`.
  var inbox: SettlementInbox?
  /// Whether the queue accepted a batch of this connection.
  var hasDelivered = false

  init(_ transport: any ByteTransport, _ machine: consuming ServerConnection, _ dependencies: Dependencies) {
    self.transport = transport
    self.machine = machine
    self.dependencies = dependencies
    services = dependencies.services
    memoryUse = MemoryUse(of: services.connectionMemory)
    registrar = Registrar(services.store, dependencies.addresses)
    login = services.authenticator.map { ConnectionLogin($0, dependencies.quotas) }
  }

  /// Whether the connection takes and answers frames.
  var isOpen: Bool { closing.isOpen }
  /// Bytes that the current frame gained in the period that `FramePace` measures.
  var gain: Int { receiving.pace.gain }
  var this: LoopBound<IngestConnection> { LoopBound(self, on: transport.loop) }

  /// Begins to read.
  func start() {
    services.activity.connectionOpened()
    transport.start(self)
  }

  // MARK: Calls of the transport

  func willRead(_ target: inout ReadTarget, from transport: any ByteTransport) {
    guard isOpen, !receiving.isStalled else { return }
    // Before the registration a body has at most 8,192 bytes, so the connection reads also when the memory of
    // all connections is used up.
    let mayGrow = admission == nil || memoryUse.mayGrow(hasDelivered: hasDelivered)
    switch receiving.planRead(mayGrow: mayGrow, buffers: services.frameBuffers) {
    case .shared: break
    case .wait: stall(.connectionMemory, at: ContinuousClock.now)
    case .direct:
      let now = ContinuousClock.now
      let (count, frame) = receiving.fill(&target, at: now)
      guard count > 0 else { return }
      services.activity.bytesReceived(count)
      take(frame, at: now)
      countMemory()
    }
  }

  func received(_ bytes: RawSpan, from transport: any ByteTransport) {
    services.activity.bytesReceived(bytes.byteCount)
    guard isOpen else { return }
    process(bytes, at: ContinuousClock.now)
    countMemory()
  }

  /// Answers everything that arrived in this turn, and the settlements that came meanwhile, in one write.
  func turnEnded(of transport: any ByteTransport) {
    guard isOpen else { return }
    let now = ContinuousClock.now
    if receiving.isBetweenFrames { memoryUse.returnPass() }
    if let inbox { deliver(inbox.drainEarly(), at: now) }
    flush(at: now)
  }

  func writeBufferDrained(of transport: any ByteTransport) {
    memoryUse.allSent()
    countMemory()
  }

  func reachedEnd(of transport: any ByteTransport) {
    let now = ContinuousClock.now
    // The end may come in the same turn as the last batches. The peer can still read their answers.
    flush(at: now)
    guard isOpen else { return end(.peerClosed, at: now) }
    machine.peerEnded()
    if machine.isFinished { end(.peerClosed, at: now) }
  }

  func failed(_ error: SocketError, on transport: any ByteTransport) {
    end(.transportFailed, at: ContinuousClock.now)
  }

  // MARK: Frames

  /// Completes the partial frame, then takes the frames after it.
  private func process(_ bytes: RawSpan, at now: ContinuousClock.Instant) {
    var offset = 0
    while isOpen, offset < bytes.byteCount {
      let taken = receiving.take(bytes, from: &offset, buffers: services.frameBuffers, at: now)
      if case .frames = taken {
        offset += takeFrames(bytes.extracting(offset..<bytes.byteCount), at: now)
      } else {
        take(taken, at: now)
      }
    }
  }

  /// Acts on the state of the partial frame after bytes were added to it.
  private func take(_ partial: ReceiveState.OnBytes, at now: ContinuousClock.Instant) {
    switch partial {
    case .frames, .kept: break
    case .partial(let held): machine.bodyGrew(to: held, now: now)
    case .complete(let frame):
      let used = takeFrames(frame.span.bytes, at: now)
      memoryUse.returnPass()
      receiving.finish(frame, used: used, buffers: services.frameBuffers)
    }
  }

  /// Feeds whole frames to the machine; the beginning of another frame after them becomes the partial frame.
  /// - Returns: the number of bytes used; less than all of `bytes` after a stall or the end.
  private func takeFrames(_ bytes: RawSpan, at now: ContinuousClock.Instant) -> Int {
    lookAtCertificate()
    var offset = 0
    while isOpen, !receiving.isStalled, offset < bytes.byteCount {
      let rest = bytes.extracting(offset..<bytes.byteCount)
      guard reserveMemory(forBatchIn: rest, at: now) else { return offset }
      let step = machine.receive(rest, now: now)
      offset += step.consumed
      if case .needMore(let total) = step.action {
        receiving.begin(rest, total: total, buffers: services.frameBuffers, at: now)
        return bytes.byteCount
      }
      perform(step.action, on: rest, at: now)
    }
    return offset
  }

  /// Does what the machine says about the frame at the start of `bytes`.
  private func perform(
    _ action: ServerConnection.OnBytes, on bytes: RawSpan, at now: ContinuousClock.Instant
  ) {
    switch action {
    case .needMore: break
    case .proceed: receiving.dropReservation()
    case .authenticate(let attempt): authenticate(attempt, at: now)
    case .register(let hello): registerUnproven(hello, at: now)
    case .admit(let publish, let body): admit(publish, body: bytes.extracting(body), at: now)
    case .close(let error): end(.reported(error), at: now)
    case .rejectUnknownProtocol(let answer): end(.unknownProtocol(answer: answer), at: now)
    }
  }

  // MARK: Stalls

  /// Stops reading until `reason` is over.
  func stall(_ reason: Stall, at now: ContinuousClock.Instant) {
    receiving.stall(reason, at: now)
    machine.readingChanged(false, now: now)
    transport.pauseReading()
    assert(!transport.isReading, "a stalled connection reads on")
    services.wait(for: reason, hasDelivered: hasDelivered) { [this] end in
      this.loop.run { this.value.stallEnded(end, at: ContinuousClock.now) }
    }
  }

  private func stallEnded(_ end: Stall.End, at now: ContinuousClock.Instant) {
    guard isOpen, let stall = receiving.stall, stall.isEnded(by: end) else { return }
    switch (stall, end) {
    case (_, .connectionMemory(let pass)): if let pass { memoryUse.take(pass) }
    case (_, .memoryBudget(let memory, let bytes)): receiving.hold(memory, of: bytes)
    case (.queueSpace(let waiting), _): return offerAgain(waiting, at: now)
    default: break
    }
    resume(at: now)
  }

  /// Continues with the backlog, then with the transport.
  func resume(at now: ContinuousClock.Instant) {
    guard isOpen else { return }
    let backlog = receiving.resume(at: now)
    machine.readingChanged(true, now: now)
    process(backlog.span.bytes, at: now)
    countMemory()
    flush(at: now)
    if isOpen, !receiving.isStalled { transport.resumeReading() }
  }

  private func countMemory() {
    memoryUse.count(
      received: receiving.memory + transport.undeliveredBytes, unsent: transport.unsentBytes)
  }

  // MARK: Time

  /// Checks the time limits, whether the key is still valid, and whether the store is still the one that
  /// registered this connection.
  func tick(at now: ContinuousClock.Instant) {
    guard isOpen else { return closing.isOverdue(at: now) ? end(.timedOut, at: now) : () }
    guard renewLogin(at: now) else { return end(.failed(.revoked), at: now) }
    if let producer = admission?.producer, services.store.incarnation != producer.incarnation {
      return end(.failed(.storeChanged), at: now)
    }
    if case .queueSpace(let waiting) = receiving.stall, waiting.isExpired(at: now) {
      offerAgain(waiting, at: now)
    }
    countMemory()
    if receiving.isBetweenFrames { memoryUse.returnPass() }
    let unavailable = services.store.unavailableSince.map { max(now - $0, .zero) } ?? .zero
    let result = machine.tick(
      now: now, storeUnavailable: unavailable, retryDelay: RegistrationError.unavailable.delay)
    if case .close(let error) = result { end(.reported(error), at: now) }
    flush(at: now)
  }

  /// Announces to the client that the server stops.
  func drain(within: Duration, at now: ContinuousClock.Instant) {
    guard isOpen else { return }
    if case .close(let error) = machine.drain(within: within) { end(.reported(error), at: now) }
    flush(at: now)
  }

  /// Whether this connection holds memory that others may wait for, and makes no use of it.
  func isIdle(at now: ContinuousClock.Instant) -> Bool { isOpen && memoryUse.isIdle(receiving.pace, at: now) }

  // MARK: Output and end

  /// Sends the output of the machine. Ends the connection when nothing is left to answer, or when too many
  /// answers wait for the peer.
  func flush(at now: ContinuousClock.Instant) {
    guard isOpen else { return }
    if sendOutput(at: now) {
      let error = memoryUse.check(
        unread: transport.unsentBytes, bound: dependencies.configuration.unreadBytes,
        hasDelivered: hasDelivered, at: now)
      if let error { end(.unread(error), at: now) }
    }
    if isOpen, machine.isFinished { end(.answered, at: now) }
  }

  private func sendOutput(at now: ContinuousClock.Instant) -> Bool {
    let depth = services.queue.depth
    let output = machine.takeOutput(queue: (depth.batches, depth.bytes), now: now)
    guard !output.isEmpty else { return false }
    transport.send(output)
    countMemory()
    return true
  }

  /// Ends the connection: tells the client the reason, releases the received bytes, and closes the transport.
  /// Most reasons close it after a lingering close. A reason that closes at once closes it now, also while it
  /// lingers. Any other second call has no effect.
  func end(_ reason: EndReason, at now: ContinuousClock.Instant) {
    let step = closing.end(reason, at: now, linger: dependencies.configuration.linger)
    guard step != .none else { return }
    report(reason, at: now)
    receiving.end()
    registrar.cancel()
    if step == .linger { transport.shutdownWrite() } else { transport.close() }
    countMemory()
    memoryUse.returnPass()
    // A lingering connection reads on and discards the bytes.
    guard step == .close else { return transport.resumeReading() }
    if let producer = admission?.producer { dependencies.registry.remove(producer.id, inbox: inbox) }
    (admission, inbox) = (nil, nil)
    login?.end()
    services.activity.connectionClosed()
    dependencies.ended(self)
  }

  /// Logs and counts the reason of an end, and tells it to the client.
  private func report(_ reason: EndReason, at now: ContinuousClock.Instant) {
    if let error = reason.error {
      services.activity.refused(error.code)
      dependencies.refusals.log(.connection, transport.peer, machine.producer, error, at: now)
    }
    switch reason {
    case .failed(let error, let delay), .evicted(let error, let delay): machine.fail(error, delay: delay)
    case .unknownProtocol(let answer):
      dependencies.refusals.log(.unknownProtocol, transport.peer, nil, nil, at: now)
      transport.send(answer)
    case .answered, .reported, .unread, .peerClosed, .transportFailed, .timedOut: break
    }
    if reason.sendsOutput { _ = sendOutput(at: now) }
  }
}
