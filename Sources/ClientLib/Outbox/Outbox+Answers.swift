import WireProtocol

extension Outbox {
  /// What a refusal of one batch asks for.
  enum Refusal: Sendable {
    /// The batch is over; its publisher is to be told. Nil when it was settled before.
    case settled(Settlement?)
    /// It is sent again, after a pause.
    case deferred
    /// It is to be sent again on a new connection.
    case needsNewConnection
    /// Its sequence was used for other columns: this identity is somebody else's, too.
    case needsNewIdentity
  }

  /// A server's queue holds these batches. Returns the publishers to tell.
  mutating func accepted(_ sequences: [UInt64]) -> [Ticket] {
    sequences.compactMap { sequence in
      window.change(sequence) { $0.wasAccepted = true }
      return window[sequence]?.ticket
    }
  }

  /// These batches are committed in the database `lineage`.
  mutating func committed(_ batches: [CommittedBatch], lineage: Lineage?) -> [Settlement] {
    self.lineage = lineage ?? self.lineage
    return batches.compactMap { batch in
      guard let entry = remove(batch.sequence) else { return nil }
      if batch.sequence >= base { toldAboveBase.insert(batch.sequence) }
      return Settlement(
        ticket: entry.ticket,
        outcome: .success(Counts(batch.counts, received: entry.parcel.events, isReplay: batch.isReplay)))
    }
  }

  /// The server refused one batch; the connection goes on.
  mutating func refused(_ sequence: UInt64, _ report: ErrorFrame, now: ContinuousClock.Instant) -> Refusal {
    guard window[sequence] != nil else { return .settled(nil) }
    if report.error.code == .sequenceReused { return .needsNewIdentity }
    switch report.retry {
    case .never:
      let settlement = remove(sequence).map { entry in
        Settlement(
          ticket: entry.ticket, outcome: .failure(ProducerError(refusing: sequence, report)))
      }
      return .settled(settlement)
    case .afterDelay:
      window.change(sequence) { $0.notBefore = now + report.delay }
      if !deferred.contains(sequence) { deferred.append(sequence) }
      return .deferred
    case .onNewConnection:
      return .needsNewConnection
    }
  }
}
