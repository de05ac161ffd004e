import WireProtocol

extension Outbox {
  /// An outbox over the content of a spool. None of its batches counts as sent. Each batch is sent again,
  /// because only the server's comparison of digests shows whether its sequence belongs to this batch.
  init(
    _ recovery: SpoolRecovery, capacity: Capacity, now: ContinuousClock.Instant, wallClock: Timestamp
  ) {
    self.init(producer: recovery.state.producer, capacity: capacity)
    history = CommitHistory(
      lineage: recovery.state.lineage, highestCommitted: recovery.state.highestCommitted)
    let entries = recovery.batches.map { found in
      let batch = found.batch
      var entry = Entry(encoded: EncodedBatch(batch), promise: BatchPromise())
      entry.segment = found.segment
      if batch.expiry > 0 {
        entry.expiry = Expiry(milliseconds: batch.expiry, now: now, wallClock: wallClock)
      }
      return (batch.number.sequence, entry)
    }
    restore(SequenceWindow(entries, next: recovery.state.next))
    spool = recovery.log
    (spooledThrough, spooledBase) = (window.next - 1, window.base)
  }

  /// Identity, sequences and last known database, as the spool stores them.
  var spoolState: SpoolState {
    SpoolState(
      producer: producer, epoch: spool?.epoch ?? 0, next: window.next, base: window.base,
      highestCommitted: history.highestCommitted, lineage: history.lineage)
  }

  /// The base that may be declared to a server. With a spool it is not above the base that the spool has, so
  /// that a later process over the spool never declares a lower one.
  var declaredBase: UInt64 { spool == nil ? base : min(base, spooledBase) }

  /// Whether the spool's disk had no space for the last write.
  var isDiskFull: Bool { spool?.isDiskFull ?? false }

  /// Returns the next work of the spool's writer; nil when nothing has to be written.
  /// - Parameter isRetry: whether to try again although the disk was full.
  mutating func takeSpoolWork(isRetry: Bool = false) -> SpoolLog.Work? {
    let state = spoolState
    return spool?.takeWork(state, isRetry: isRetry)
  }

  /// Records that the spool has everything up to `position`. Returns the promises to fulfil.
  mutating func spooled(through position: SpoolLog.Position) -> [BatchPromise] {
    spool?.wrote()
    return advance(to: position)
  }

  /// Records that the spool's disk had no space for the command after the first `done` of `work`. The outbox
  /// has no room until a write succeeds.
  /// - Returns: promises of batches that the spool has, and batches that are given up.
  mutating func ranOut(
    _ work: SpoolLog.Work, done: Int, whenFull: Producer.Configuration.WhenFull
  ) -> (spooled: [BatchPromise], givenUp: [Settlement]) {
    let position = spool?.ranOut(work, done: done, spooledBase: spooledBase)
    let promises = position.map { advance(to: $0) } ?? []
    switch whenFull {
    case .wait: return (promises, [])
    case .fail: return (promises, dropUnwritten())
    case .dropOldest:
      let dropped = dropOldestFile()
      return (promises, dropped.isEmpty ? dropUnwritten() : dropped)
    }
  }

  private mutating func advance(to position: SpoolLog.Position) -> [BatchPromise] {
    // A position of an earlier epoch has other sequences.
    guard let spool, spool.epoch == position.epoch, position.next > spooledThrough else { return [] }
    assert(position.base >= spooledBase, "the spool's base fell")
    let sequences = max(spooledThrough + 1, window.base)..<max(position.next, window.base)
    spooledThrough = position.next - 1
    spooledBase = position.base
    return sequences.compactMap { window[$0]?.promise }
  }

  /// Writes a batch that was just added to the spool.
  mutating func spoolBatch(_ sequence: UInt64) {
    guard spool != nil, let entry = window[sequence] else { return }
    var state = spoolState
    state.next = sequence
    let batch = SpooledBatch(
      number: SpoolNumber(epoch: state.epoch, sequence: sequence), events: entry.encoded.events,
      codec: entry.encoded.codec, rawLength: entry.encoded.rawLength,
      expiry: entry.expiry?.milliseconds ?? 0, bytes: entry.encoded.bytes)
    guard let segment = spool?.append(batch, state) else { return }
    window.change(sequence) { $0.segment = segment }
  }

  /// Writes the present state to the spool.
  mutating func writeState() {
    let state = spoolState
    spool?.write(state)
  }

  /// Writes the new identity to the spool, and which batches got new sequences.
  mutating func spoolRenewal(_ sequences: [UInt64]) {
    guard let epoch = spool?.epoch else { return }
    var state = spoolState
    state.epoch = epoch + 1
    state.renumbered = sequences.map { SpoolNumber(epoch: epoch, sequence: $0) }
    spool?.write(state)
    (spooledThrough, spooledBase) = (0, 1)
  }
}

extension EncodedBatch {
  fileprivate init(_ batch: SpooledBatch) {
    self.init(bytes: batch.bytes, codec: batch.codec, rawLength: batch.rawLength, events: batch.events)
  }
}
