extension Outbox {
  /// Gives up the oldest batch to make room for another one; nil when there is none.
  ///
  /// Its sequence is never used again, and the base rises over it. A batch that waits for an answer on the
  /// present connection is on its way out, so it is the last choice, unless it keeps a file of the spool that
  /// is to go.
  mutating func dropOldest(for bytes: Int) -> Settlement? {
    let isDiskFull = spool.map { !$0.hasRoom(for: bytes) } ?? false
    let waiting = isDiskFull ? nil : window.first(from: terms == nil ? base : cursor)
    guard let victim = waiting ?? window.first(from: base) else { return nil }
    return giveUp(victim) { entry in
      ProducerError(
        .dropped,
        "batch \(victim) of \(entry.parcel.events) events was dropped to make room for newer ones; "
          + entry.fate)
    }
  }

  /// Gives up the batches whose time is over while they wait to be sent for the first time.
  mutating func dropExpired(_ now: ContinuousClock.Instant) -> [Settlement] {
    guard expiring > 0 else { return [] }
    let over = window.all.filter { !$0.element.wasSent && $0.element.isOver(now) }
    return over.compactMap { expire($0.sequence) }
  }

  /// Gives up a batch whose time is over.
  mutating func expire(_ sequence: UInt64) -> Settlement? {
    giveUp(sequence) { entry in
      ProducerError(
        .batchExpired,
        "the time to live of batch \(sequence) of \(entry.parcel.events) events was over before a server "
          + "accepted it; \(entry.fate)")
    }
  }

  private mutating func giveUp(_ sequence: UInt64, because: (Entry) -> ProducerError) -> Settlement? {
    deferred.removeAll { $0 == sequence }
    return remove(sequence).map { Settlement(ticket: $0.ticket, outcome: .failure(because($0))) }
  }
}

extension Outbox.Entry {
  /// Whether its time to live is over.
  func isOver(_ now: ContinuousClock.Instant) -> Bool { expiry.map { $0.left(now) == nil } ?? false }

  fileprivate var fate: String {
    wasSent ? "a server was sent it and may store it all the same" : "publish it again if it is still wanted"
  }
}
