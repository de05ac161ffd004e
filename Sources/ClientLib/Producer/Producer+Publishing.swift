internal import Synchronization

extension Producer {
  /// Publishes one event, which shares a batch with others that come within `linger`.
  ///
  /// Returns when the event is in the batch that is being gathered. While the outbox is full it waits, or
  /// throws `outboxFull`, as configured.
  /// - Throws: `ProducerError`: `eventTooLarge`, `outboxFull`, `closed`, what ended the producer, or
  ///   `cancelled` when the task is cancelled while it waits; the event is not published then.
  public func publish(_ event: Event) async throws(ProducerError) -> Receipt {
    try checkOpen()
    return Receipt(ticket: try await gathering.add(event), hasSpool: intake.outbox.hasSpool)
  }

  /// Publishes a batch: the way for many events.
  ///
  /// It is compressed on the calling task. Returns when the outbox holds it, and the spool if there is one;
  /// while there is no room it waits, or throws `outboxFull`, or drops what is older, as configured.
  /// - Parameter timeToLive: how long it may wait until a server accepts it; nil for the configuration's.
  /// - Throws: `ProducerError`: `emptyBatch`, `batchTooLarge`, `outboxFull`, `closed`, what ended the
  ///   producer, or `cancelled` when the task is cancelled while it waits for room. The batch is not
  ///   published then.
  public func publish(
    _ batch: consuming EventBatch, timeToLive: Duration? = nil
  ) async throws(ProducerError) -> Receipt {
    try checkOpen()
    if let timeToLive, timeToLive <= .zero {
      throw ProducerError(.invalidConfiguration, "timeToLive is \(timeToLive); it must be above zero")
    }
    guard !batch.isEmpty else {
      throw ProducerError(.emptyBatch, "the batch has no events; add at least one")
    }
    let events = batch.count
    let columns = batch.finish(sparing: spares)
    return try await publish(intake.pack(columns, events: events), timeToLive)
  }

  private func publish(_ parcel: Parcel, _ timeToLive: Duration?) async throws(ProducerError) -> Receipt {
    let ticket = Ticket()
    let admission = try intake.offer(
      parcel, ticket, timeToLive: timeToLive, whenFull: configuration.whenFull)
    if case .waiting(let admitted) = admission {
      if let outcome = await admitted.value() {
        try outcome.get()
      } else if intake.outbox.withdraw(ticket) {
        throw .cancelled
      }
    }
    let receipt = Receipt(ticket: ticket, hasSpool: intake.outbox.hasSpool)
    do throws(ProducerError) {
      try await receipt.kept()
    } catch {
      // A batch that is taken stays so when its task is cancelled, and the receipt knows what else it came
      // to.
      if error.code == .spoolFailed { throw error }
    }
    return receipt
  }

  /// Waits until everything published so far is settled, sending at once what is being gathered.
  ///
  /// What was refused is told by its receipt, not here.
  /// - Throws: `ProducerError`: what ended the producer, or `cancelled` when the task is cancelled;
  ///   everything stays on its way then.
  public func flush() async throws(ProducerError) {
    await gathering.flush()
    for ticket in intake.outbox.unsettledTickets {
      guard await ticket.settled.value() != nil else { throw .cancelled }
    }
    if let end = intake.outbox.end { throw end }
  }

  private func checkOpen() throws(ProducerError) {
    if isClosing.load(ordering: .acquiring) { throw intake.outbox.end ?? .closed }
  }
}
