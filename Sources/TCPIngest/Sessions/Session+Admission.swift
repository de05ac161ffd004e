import Ingest
import Logging
import SocketIO
import WireProtocol

extension Session {
  /// Asks the store for a session; batches are taken once it has answered.
  func register(_ hello: Hello) {
    let this = LoopBound(self, on: socket.loop)
    let registration = ProducerRegistration(
      producer: hello.producer, origin: ProducerOrigin(owner: "", name: hello.clientName), base: hello.base,
      span: surroundings.configuration.limits.span)
    services.store.register(registration) { result in
      this.loop.run { this.value.registrationAnswered(registration, result) }
    }
  }

  private func registrationAnswered(
    _ registration: ProducerRegistration, _ result: Result<ProducerSession, RegistrationError>
  ) {
    guard isOpen else { return }
    let now = ContinuousClock.now
    switch result {
    case .success(let granted):
      session = granted.session
      origin = registration.origin
      machine.registered(
        session: UInt64(clamping: granted.session), floor: granted.floor, settled: granted.settled,
        lineage: granted.lineage, durability: granted.durability)
      surroundings.newest.register(registration.producer, session: granted.session, mailbox: answers)
    case .failure(let failure):
      fail(failure.wireError(registration.producer), delay: failure.delay, at: now)
    }
    flush(at: now)
  }

  /// Takes a batch: decompresses, judges and queues it.
  func admit(_ publish: PublishHeader, _ body: RawSpan, at now: ContinuousClock.Instant) {
    guard let producer = machine.producer, let session else { return giveBackReservation() }
    let assembly = BatchAssembly(
      limits: surroundings.configuration.limits.batch, validator: services.validator,
      spares: services.spareColumns)
    do {
      let batch = try assembly.batch(
        publish, body: body, from: producer, origin, session: session, at: now,
        reservation: adoptReservation(publish.rawLength))
      let expiry = publish.timeToLive == 0 ? nil : now + .milliseconds(publish.timeToLive)
      offer(batch, deadline: expiry, at: now)
    } catch {
      switch error.code.scope {
      case .batch: refuseBatch(publish.sequence, error)
      case .connection: fail(error, at: now)
      }
    }
  }

  /// Splits what was reserved: the columns keep theirs for as long as the batch lives, the frame is done with.
  private func adoptReservation(_ rawLength: Int) -> MemoryReservation {
    let held = reserved ?? 0
    precondition(held >= rawLength, "a batch is decompressed into memory that was reserved for it")
    reserved = nil
    services.memory.release(held - rawLength)
    return MemoryReservation(adopting: rawLength, of: services.memory)
  }

  private func offer(
    _ batch: IngestBatch, deadline: ContinuousClock.Instant?, at now: ContinuousClock.Instant
  ) {
    let sequence = batch.key.sequence
    if let deadline, now >= deadline { return refuseBatch(sequence, .batchExpired(sequence)) }
    switch services.queue.offer(batch, observer: answers) {
    case .accepted:
      services.activity.batchAccepted(batch)
      services.activity.acceptLatency.record(ContinuousClock.now - batch.acceptedAt)
      machine.accepted(sequence)
    case .joined:
      machine.accepted(sequence)
    case .full:
      waitForSpace(batch, deadline: deadline, at: now)
    case .sequenceReused:
      refuseBatch(sequence, .sequenceReused(sequence))
    case .closed:
      fail(WireError(.draining, "the server is shutting down; connect to another one or try again"), at: now)
    }
  }

  private func waitForSpace(
    _ batch: IngestBatch, deadline: ContinuousClock.Instant?, at now: ContinuousClock.Instant
  ) {
    pause(.queue(batch, deadline: deadline), at: now)
    let this = LoopBound(self, on: socket.loop)
    services.queue.whenSpace {
      this.loop.run { this.value.spaceCame() }
    }
  }

  private func spaceCame() {
    guard isOpen, case .queue(let batch, let deadline) = stall else { return }
    let now = ContinuousClock.now
    stall = nil
    offer(batch, deadline: deadline, at: now)
    if stall == nil { resume(at: now) }
  }

  /// Refuses the batch that waits for space, if its time is over: nobody knows when space comes.
  func refuseExpired(at now: ContinuousClock.Instant) {
    guard case .queue(let batch, let deadline?) = stall, now >= deadline else { return }
    refuseBatch(batch.key.sequence, .batchExpired(batch.key.sequence))
    resume(at: now)
  }

  func refuseBatch(_ sequence: UInt64, _ error: WireError) {
    services.activity.refused(error.code)
    surroundings.refusals.log("refused a batch", at: .now) { errorMetadata(error) }
    machine.refused(sequence, error)
  }
}

extension RegistrationError {
  /// How long a client is asked to wait before it tries again.
  var delay: Duration {
    switch self {
    case .unavailable: .seconds(1)
    case .notYours, .stale: .zero
    }
  }

  func wireError(_ producer: ProducerID) -> WireError {
    switch self {
    case .notYours:
      WireError(.producerNotYours, "producer \(producer) belongs to another principal; draw a new UUID")
    case .stale:
      WireError(
        .producerStale,
        "producer \(producer) declares a base at or below its floor: its state is a copy or an old backup; draw a new UUID"
      )
    case .unavailable:
      WireError(.storeUnavailable, "the database does not answer; try again")
    }
  }
}

extension WireError {
  static func batchExpired(_ sequence: UInt64) -> WireError {
    WireError(.batchExpired, "the time to live of batch \(sequence) was over before it was accepted")
  }

  static func sequenceReused(_ sequence: UInt64) -> WireError {
    WireError(
      .sequenceReused,
      "batch \(sequence) was sent before with other bytes; draw a new UUID and send what is unsettled under new numbers"
    )
  }
}
