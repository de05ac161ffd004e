import WireProtocol

// The outbox and its current connection: resuming, sending, answers.

extension Outbox {
  /// Number of times that a committed batch is sent again to learn its counts.
  private static let mostAsks = 3

  /// The consequences of a WELCOME.
  struct ResumeResult: Sendable {
    /// Batches at or below the floor. They are committed, but the server no longer knows their counts.
    var settlements: [Settlement] = []
    /// Why acknowledged commits may be gone; nil when the database knows all of them.
    var loss: CommitHistory.LineageLoss?
    /// Whether another program used this identity, so that its sequences can no longer be used.
    var isStale = false
  }

  /// The result of looking for the next batch to send.
  enum Next: Sendable {
    /// No batch can be sent now.
    case nothing
    /// This batch. `markSent` records that it was sent.
    case batch(OutgoingPublish)
    /// The next batch cannot be sent: it is too large for the server, or its time to live is over. Its
    /// publisher must be told.
    case refused(Settlement)
  }

  /// One PUBLISH.
  struct OutgoingPublish: Sendable {
    let header: PublishHeader
    /// Columns in the header's codec.
    let columns: [UInt8]
    let wasSentBefore: Bool
  }

  /// The consequence of a refusal of one batch.
  enum Refusal: Sendable {
    /// The batch is given up and its publisher must be told. Nil when the batch was settled before.
    case settled(Settlement?)
    /// The batch is sent again after a pause.
    case deferred
    /// The batch must be sent again on a new connection.
    case needsNewConnection
    /// The sequence was used for other columns, so another program uses this identity, too.
    case needsNewIdentity
  }

  /// Identity and base for the HELLO of the next connection.
  mutating func makeHello() -> (producer: ProducerID, base: UInt64) {
    history.helloSent(base: base)
    return (producer, declaredBase)
  }

  /// Makes the connection that received `welcome` the current one. Every batch above the floor is sent on
  /// it, in ascending order, with the same sequences and columns.
  ///
  /// 1. The lineage differs from that of the last commit, or the database knows less than it acknowledged:
  ///    it is another database, or the same one in an earlier state. Returns the loss and sends everything.
  /// 2. `session` rose by more than 1 since the last WELCOME of this lineage, or the bitmap lists a sequence
  ///    that this process did not send: a clone may use this identity, although mostly the WELCOME to an own
  ///    HELLO was lost, or an earlier process over this spool sent the batch. From now on the bitmap is
  ///    ignored and everything is sent again. The server recognises its batches by their digests, and
  ///    answers SEQUENCE_REUSED for others.
  /// 3. A batch that this process sent is at or below the floor: it is committed, and its counts are
  ///    unknown. It is settled.
  /// 4. A batch that this process sent is listed in the bitmap: it is committed. It is sent again, because
  ///    the answer has its counts. After `mostAsks` answers that were lost, too, it is settled with unknown
  ///    counts: otherwise a server that fails after each commit would never let the producer go on.
  /// 5. The base is at or below the floor after these steps: another program used these sequences. Returns
  ///    `isStale`; the caller takes a new identity.
  /// - Parameter helloBase: the base that HELLO declared, which the bitmap begins at. Answers on an older
  ///   connection may have raised the base since.
  mutating func resume(_ welcome: Welcome, helloBase: UInt64) -> ResumeResult {
    terms = Terms(welcome)
    cursor = base
    let listsUnsent = listsUnsent(welcome, helloBase: helloBase)
    var result = ResumeResult()
    result.loss = history.welcomed(welcome, helloBase: helloBase, listsUnsent: listsUnsent)
    if result.loss != nil { writeState() }
    for (sequence, entry) in window.all {
      let isBelieved = entry.wasSent && !history.mayHaveClone
      let isListed = isBelieved && (sequence <= welcome.floor || welcome.settled[sequence - helloBase])
      window.change(sequence) { $0.isListed = isListed }
      guard isListed, sequence <= welcome.floor || entry.askedAgain >= Self.mostAsks,
        let settlement = settleListed(sequence)
      else { continue }
      result.settlements.append(settlement)
    }
    deferred.removeAll { window[$0] == nil }
    if base <= welcome.floor { result.isStale = true }
    return result
  }

  /// Whether the bitmap lists sequences that this process did not send.
  private func listsUnsent(_ welcome: Welcome, helloBase: UInt64) -> Bool {
    welcome.settled.sequences(base: helloBase).contains { sequence in
      sequence >= window.next || window[sequence]?.wasSent == false
    }
  }

  /// Returns the next batch for the current connection: first a deferred batch that is due, then the lowest
  /// sequence that this connection has not sent.
  /// - Parameter mayCarry: whether the connection's credit covers a batch of `rawLength` bytes of columns.
  mutating func next(
    now: ContinuousClock.Instant, mayCarry: (_ rawLength: Int) -> Bool
  ) -> Next {
    guard let terms, let sequence = nextSequence(now), sequence <= spooledThrough,
      sequence - declaredBase < terms.span, let entry = window[sequence]
    else { return .nothing }
    if !entry.isListed, entry.isOver(now), let settlement = expire(sequence) { return .refused(settlement) }
    assert(entry.notBefore.map { $0 <= now } ?? true, "a batch is sent earlier than the server asked for")
    if let error = terms.refusal(of: entry.encoded) {
      if let settlement = settleListed(sequence) { return .refused(settlement) }
      _ = remove(sequence)
      return .refused(Settlement(promise: entry.promise, outcome: .failure(error)))
    }
    guard mayCarry(entry.encoded.rawLength) else { return .nothing }
    let (columns, codec) = entry.encoded.encoded(for: terms.features)
    var header = PublishHeader(
      sequence: sequence, base: declaredBase, timeToLive: entry.timeToLive(now), codec: codec,
      rawLength: entry.encoded.rawLength)
    header.traceContext = entry.promise.traceContext
    return .batch(OutgoingPublish(header: header, columns: columns, wasSentBefore: entry.wasSent))
  }

  /// Records that the batch that `next` returned was sent on the current connection.
  mutating func markSent(_ sequence: UInt64) {
    precondition(window[sequence] != nil, "a batch was sent that the outbox does not have")
    window.change(sequence) { entry in
      entry.wasSent = true
      entry.notBefore = nil
      if entry.isListed { entry.askedAgain += 1 }
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

  /// The lowest unsent sequence that is not deferred. A deferred batch waits for its time on the next
  /// connection, too.
  private var nextUnsent: UInt64? {
    var sequence = window.first(from: cursor)
    while let candidate = sequence, window[candidate]?.notBefore != nil {
      sequence = window.first(from: candidate + 1)
    }
    return sequence
  }

  /// Records that a server's queue holds these batches. Returns the promises to fulfil.
  mutating func accepted(_ sequences: [UInt64]) -> [BatchPromise] {
    sequences.compactMap { sequence in
      window.change(sequence) { $0.wasAccepted = true }
      return window[sequence]?.promise
    }
  }

  /// Takes out batches that are committed in the database `lineage`. Returns the publishers to tell.
  mutating func committed(_ batches: [CommittedBatch], lineage: Lineage?) -> [Settlement] {
    setLineage(lineage)
    return batches.compactMap { batch in
      guard let entry = removeCommitted(batch.sequence) else { return nil }
      if batch.sequence >= base { history.expectListed(batch.sequence) }
      return Settlement(
        promise: entry.promise,
        outcome: .success(Counts(batch.counts, received: entry.encoded.events, isReplay: batch.isReplay)))
    }
  }

  /// Records that the server refused one batch. The connection stays open.
  mutating func refused(_ sequence: UInt64, _ report: ErrorFrame, now: ContinuousClock.Instant) -> Refusal {
    guard window[sequence] != nil else { return .settled(nil) }
    if report.error.code == .sequenceReused { return .needsNewIdentity }
    switch report.retry {
    case .never:
      if let settlement = settleListed(sequence) { return .settled(settlement) }
      let settlement = remove(sequence).map { entry in
        Settlement(
          promise: entry.promise, outcome: .failure(ProducerError(refusing: sequence, report)))
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

  /// Takes a new identity: unsettled batches get new sequences from 1 on, in the old order.
  mutating func renew(as producer: ProducerID) {
    let entries = window.all
    self.producer = producer
    window = SequenceWindow()
    for (_, entry) in entries {
      _ = window.append(
        Entry(
          encoded: entry.encoded, promise: entry.promise, wasAccepted: entry.wasAccepted,
          expiry: entry.expiry, segment: entry.segment))
    }
    cursor = window.base
    deferred = []
    history = CommitHistory(lineage: history.lineage)
    spoolRenewal(entries.map(\.sequence))
  }
}

extension Outbox.Entry {
  /// Milliseconds within which a server may still accept the batch; 0 for no bound. A committed batch cannot
  /// expire.
  fileprivate func timeToLive(_ now: ContinuousClock.Instant) -> UInt32 {
    isListed ? 0 : expiry?.left(now) ?? 0
  }
}

extension Outbox.Terms {
  /// Why a server with these terms can never take `encoded`; nil when it can.
  func refusal(of encoded: EncodedBatch) -> ProducerError? {
    let sent = encoded.encodedLength(for: features)
    let raw = min(batch.rawBytes, Int(clamping: creditBytes))
    if encoded.events > batch.events { return .tooLarge(encoded.events, "events", limit: batch.events) }
    if encoded.rawLength > raw { return .tooLarge(encoded.rawLength, "bytes", limit: raw) }
    if sent > batch.bodyBytes { return .tooLarge(sent, "bytes as sent", limit: batch.bodyBytes) }
    return nil
  }
}
