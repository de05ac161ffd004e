import WireProtocol

extension Outbox {
  /// An outbox over what a spool held. Nothing of it counts as sent: the server is asked about every batch by
  /// sending it again, since only the digest of its columns says whether a sequence stands for this batch.
  init(
    _ recovery: SpoolRecovery, capacity: Capacity, now: ContinuousClock.Instant, wallClock: Timestamp
  ) {
    self.init(producer: recovery.state.producer, capacity: capacity)
    lineage = recovery.state.lineage
    let entries = recovery.batches.map { found in
      let batch = found.batch
      var entry = Entry(parcel: Parcel(batch), ticket: Ticket())
      entry.segment = found.segment
      if batch.expiry > 0 {
        entry.expiry = Expiry(milliseconds: batch.expiry, now: now, wallClock: wallClock)
      }
      return (batch.number.sequence, entry)
    }
    restore(SequenceWindow(entries, next: recovery.state.next))
    spool = recovery.log
    (keptThrough, keptBase) = (window.next - 1, window.base)
  }

  /// Who the producer is and where it stands.
  var spoolState: SpoolState {
    SpoolState(
      producer: producer, epoch: spool?.epoch ?? 0, next: window.next, base: window.base, lineage: lineage)
  }

  /// What the spool's writer is to do now; nil for nothing.
  mutating func takeSpoolWork() -> SpoolLog.Work? {
    let state = spoolState
    return spool?.takeWork(state)
  }

  /// The spool has everything up to `mark`. Returns the publishers to tell.
  mutating func kept(_ mark: SpoolLog.Mark) -> [Ticket] {
    // Under another identity everything has other numbers since.
    guard let spool, spool.epoch == mark.epoch, mark.next > keptThrough else { return [] }
    let sequences = max(keptThrough + 1, window.base)..<max(mark.next, window.base)
    keptThrough = mark.next - 1
    keptBase = mark.base
    return sequences.compactMap { window[$0]?.ticket }
  }

  /// The base that may be declared: one that the next process over the spool will not fall behind.
  var declaredBase: UInt64 { spool == nil ? base : min(base, keptBase) }

  /// Writes down a batch that was just added.
  mutating func keep(_ sequence: UInt64) {
    guard spool != nil, let entry = window[sequence] else { return }
    var state = spoolState
    state.next = sequence
    let batch = SpooledBatch(
      number: SpoolNumber(epoch: state.epoch, sequence: sequence), events: entry.parcel.events,
      codec: entry.parcel.codec, rawLength: entry.parcel.rawLength,
      expiry: entry.expiry?.milliseconds ?? 0, bytes: entry.parcel.bytes)
    guard let segment = spool?.append(batch, state) else { return }
    window.change(sequence) { $0.segment = segment }
  }

  /// Writes down that everything unsettled got new numbers, and under which identity.
  mutating func keepRenewal(_ sequences: [UInt64]) {
    guard let epoch = spool?.epoch else { return }
    var state = spoolState
    state.epoch = epoch + 1
    state.renumbered = sequences.map { SpoolNumber(epoch: epoch, sequence: $0) }
    spool?.note(state)
    (keptThrough, keptBase) = (0, 1)
  }
}

extension Parcel {
  fileprivate init(_ batch: SpooledBatch) {
    self.init(bytes: batch.bytes, codec: batch.codec, rawLength: batch.rawLength, events: batch.events)
  }
}
