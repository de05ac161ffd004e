import WireProtocol

extension Outbox {
  /// What to send next.
  enum Next: Sendable {
    /// Nothing now.
    case nothing
    /// This batch. `markSent` tells that it went.
    case batch(Shipment)
    /// The next one can not be sent: it is too large for the server, or its time is over. Its publisher is to
    /// be told.
    case refused(Settlement)
  }

  /// One PUBLISH.
  struct Shipment: Sendable {
    let header: PublishHeader
    /// As the header's codec says.
    let columns: [UInt8]
    let wasSentBefore: Bool
  }

  /// The next batch for the current connection: first what was put off and is due, then the lowest sequence
  /// that it has not sent.
  /// - Parameter mayCarry: whether the connection's credit covers a batch of so many raw bytes.
  mutating func next(
    now: ContinuousClock.Instant, mayCarry: (_ rawLength: Int) -> Bool
  ) -> Next {
    guard let terms, let sequence = nextSequence(now), sequence <= keptThrough,
      sequence - declaredBase < terms.span, let entry = window[sequence]
    else { return .nothing }
    if entry.isOver(now), let settlement = expire(sequence) { return .refused(settlement) }
    assert(entry.notBefore.map { $0 <= now } ?? true, "a batch goes out before the server wants it again")
    if let error = terms.refusal(of: entry.parcel) {
      _ = remove(sequence)
      return .refused(Settlement(ticket: entry.ticket, outcome: .failure(error)))
    }
    guard mayCarry(entry.parcel.rawLength) else { return .nothing }
    let (columns, codec) = entry.parcel.encoded(for: terms.features)
    return .batch(
      Shipment(
        header: PublishHeader(
          sequence: sequence, base: declaredBase, timeToLive: entry.expiry?.left(now) ?? 0, codec: codec,
          rawLength: entry.parcel.rawLength),
        columns: columns, wasSentBefore: entry.wasSent))
  }

  /// The batch that `next` named went out on the current connection.
  mutating func markSent(_ sequence: UInt64) {
    precondition(window[sequence] != nil, "a batch was sent that is not here")
    window.change(sequence) { entry in
      entry.wasSent = true
      entry.notBefore = nil
    }
    deferred.removeAll { $0 == sequence }
    cursor = max(cursor, sequence + 1)
  }

  private func nextSequence(_ now: ContinuousClock.Instant) -> UInt64? {
    let due = deferred.first { sequence in
      guard let notBefore = window[sequence]?.notBefore else { return false }
      return notBefore <= now
    }
    return due ?? nextUnsent
  }

  /// What was put off waits for its time, also on the next connection.
  private var nextUnsent: UInt64? {
    var sequence = window.first(from: cursor)
    while let candidate = sequence, window[candidate]?.notBefore != nil {
      sequence = window.first(from: candidate + 1)
    }
    return sequence
  }
}

extension Outbox.Terms {
  /// Why a server with these terms could never take `parcel`; nil when it can.
  func refusal(of parcel: Parcel) -> ProducerError? {
    let sent = parcel.encodedLength(for: features)
    let raw = min(batch.rawBytes, Int(clamping: creditBytes))
    if parcel.events > batch.events { return .tooLarge(parcel.events, "events", limit: batch.events) }
    if parcel.rawLength > raw { return .tooLarge(parcel.rawLength, "bytes", limit: raw) }
    if sent > batch.bodyBytes { return .tooLarge(sent, "bytes as sent", limit: batch.bodyBytes) }
    return nil
  }
}
