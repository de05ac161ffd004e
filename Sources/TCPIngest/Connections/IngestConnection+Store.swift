import Ingest
import Logging
import SocketIO
internal import StoreInterface
import WireProtocol

/// The conversation of a connection with the authenticator, the store and the queue: login, registration,
/// batches, settlements.
extension IngestConnection {
  /// The parts of the server that its connections use.
  struct Dependencies {
    let configuration: IngestServerConfiguration
    let services: IngestServices
    let registry: ConnectionRegistry
    let addresses: PeerAddresses
    let unauthenticated: UnauthenticatedConnections
    let quotas: QuotaAccounts
    let refusals: RefusalLog
    /// Called once, when the connection is closed.
    let ended: (IngestConnection) -> Void
  }

  /// Registers the producer when its proof is right, or ends the connection.
  func authenticate(_ attempt: AuthAttempt, at now: ContinuousClock.Instant) {
    guard let outcome = login?.authenticate(attempt, from: transport) else {
      preconditionFailure("a proof came to a server that asks for none")
    }
    if loggedIn(outcome, at: now) { register(machine.authenticated(), at: now) }
  }

  /// Registers the producer of a HELLO that needs no proof: the server asks for none, or the certificate of the
  /// peer names a principal.
  func registerUnproven(_ hello: Hello, at now: ContinuousClock.Instant) {
    if let outcome = login?.loginByCertificate(from: transport), !loggedIn(outcome, at: now) { return }
    register(hello, at: now)
  }

  /// Tells the machine whether the certificate of the peer names a principal. The transport knows the certificate
  /// when it delivers the first bytes.
  func lookAtCertificate() {
    if login?.isLookedAt == false, login?.recognise(transport) == true { machine.recognised() }
  }

  /// Ends the connection when the login was refused.
  private func loggedIn(_ outcome: ConnectionLogin.Outcome, at now: ContinuousClock.Instant) -> Bool {
    switch outcome {
    case .accepted:
      dependencies.unauthenticated.remove(self)
      return true
    case .refused(let error):
      let isBusy = error.code == .tooManyConnections
      end(.failed(error, delay: isBusy ? .seconds(1) : .zero), at: now)
      return false
    }
  }

  /// Applies changes of the principal's rights, and gives credit again when a quota permits it.
  /// - Returns: false when the login has ended.
  func renewLogin(at now: ContinuousClock.Instant) -> Bool {
    guard let before = login?.isDelayed else { return true }
    login?.refresh(at: now)
    if before, login?.isDelayed == false { machine.setCreditHeld(false) }
    switch login?.renew() {
    case nil, .unchanged: return true
    case .renewed:
      admission?.topics = login?.principal?.topics
      return true
    case .ended: return false
    }
  }

  private func register(_ hello: Hello, at now: ContinuousClock.Instant) {
    let registration = ProducerRegistration(
      hello, owner: login?.principal?.name ?? "", span: dependencies.configuration.limits.span)
    let retryAfter = registrar.register(registration, from: transport, at: now) {
      [this] registration, result in
      this.loop.run { this.value.registered(registration, result, at: ContinuousClock.now) }
    }
    if let retryAfter { end(.failed(.tooManyHandshakes, delay: retryAfter), at: now) }
  }

  private func registered(
    _ registration: ProducerRegistration, _ result: Result<RegistrationGrant, RegistrationError>,
    at now: ContinuousClock.Instant
  ) {
    guard isOpen else { return }
    switch result {
    case .success(let grant):
      precondition(admission == nil, "a connection was registered twice")
      let inbox = SettlementInbox(this)
      self.inbox = inbox
      admission = BatchAdmission(
        services: services, limits: dependencies.configuration.limits.batch,
        producer: RegisteredProducer(registration, grant), topics: login?.principal?.topics,
        observer: inbox)
      machine.registered(
        session: UInt64(clamping: grant.session), floor: grant.floor, highest: grant.highest,
        settled: grant.settled, lineage: grant.lineage, durability: grant.durability,
        prove: login?.serverProof(on: transport))
      dependencies.registry.register(
        registration.producer, session: grant.session, incarnation: grant.incarnation, inbox: inbox)
      flush(at: now)
    case .failure(let error):
      let wireError = error.wireError(registration.producer)
      login?.note(wireError, peer: transport.peer)
      end(.failed(wireError, delay: error.delay), at: now)
    }
  }

  /// Reserves memory for the batch at the start of `bytes`, if it is complete.
  /// - Returns: false when the connection stalls until there is room.
  func reserveMemory(forBatchIn bytes: RawSpan, at now: ContinuousClock.Instant) -> Bool {
    guard !receiving.hasReservation, let admission, let batch = machine.announcedBatch(in: bytes),
      batch.frameBytes <= bytes.byteCount
    else { return true }
    switch admission.reserve(batch.rawBytes) {
    case .held(let memory):
      receiving.hold(memory, of: batch.rawBytes)
      return true
    case .stalled(let reason):
      stall(reason, at: now)
      return false
    }
  }

  /// Puts a batch into the queue; its memory was reserved before.
  func admit(_ publish: PublishHeader, body: RawSpan, at now: ContinuousClock.Instant) {
    guard let admission else { preconditionFailure("the machine took a batch before the registration") }
    let memory = receiving.takeReservation(of: publish.rawLength)
    let outcome = admission.admit(publish, body: body, reservation: memory, at: now)
    if let context = publish.traceContext {
      services.logger.debug(
        "traced batch received",
        metadata: [
          "producer": "\(admission.producer.id)", "batch.sequence": "\(publish.sequence)",
          "traceparent": "\(context)",
        ])
    }
    answer(publish.sequence, outcome, at: now)
  }

  /// Tells the machine whether a batch is in the queue.
  private func answer(
    _ sequence: UInt64, _ outcome: BatchAdmission.Outcome, at now: ContinuousClock.Instant
  ) {
    switch outcome {
    case .accepted(let batch):
      if let batch {
        hasDelivered = true
        countQuota(batch, at: now)
      }
      machine.accepted(sequence)
    case .refused(let error):
      services.activity.refused(error.code)
      login?.note(error, peer: transport.peer)
      dependencies.refusals.log(.batch, transport.peer, machine.producer, error, at: now)
      machine.refused(sequence, error)
    case .full(let waiting): stall(.queueSpace(waiting), at: now)
    case .failed(let error): end(.failed(error), at: now)
    }
  }

  /// Counts a batch against the quota of its principal. When the quota is used up, credit is held back: nothing is
  /// refused, and nobody is disconnected.
  private func countQuota(_ batch: IngestBatch, at now: ContinuousClock.Instant) {
    guard login?.count(events: batch.received, bytes: batch.byteCount, at: now) == true else { return }
    machine.setCreditHeld(true)
    services.activity.creditDelayed()
  }

  /// Offers the batch of a stall again, which then ends or begins anew.
  func offerAgain(_ waiting: WaitingBatch, at now: ContinuousClock.Instant) {
    guard let admission else { return }
    let outcome = admission.offer(waiting, at: now)
    answer(waiting.batch.key.sequence, outcome, at: now)
    if case .full = outcome { return }
    resume(at: now)
  }

  /// Called by the inbox on the loop: writers left settlements.
  func settlementsArrived() {
    guard isOpen, let inbox else { return }
    let now = ContinuousClock.now
    deliver(inbox.take(), at: now)
    flush(at: now)
  }

  /// Tells the machine the outcomes of batches. An outcome of another incarnation of the store ends the
  /// connection instead: the producer must say HELLO to that store first.
  func deliver(_ settlements: SettlementInbox.Settlements, at now: ContinuousClock.Instant) {
    guard let producer = admission?.producer else { return }
    for (sequence, outcome, incarnation) in settlements.settled {
      guard incarnation == producer.incarnation else { return end(.failed(.storeChanged), at: now) }
      if let committed = outcome.committedBatch(sequence) {
        machine.committed(committed)
      } else {
        machine.refused(sequence, .sequenceReused(sequence))
      }
    }
    if let newer = settlements.supersededBy, producer.session < newer {
      end(.failed(.superseded(by: newer)), at: now)
    }
  }
}
