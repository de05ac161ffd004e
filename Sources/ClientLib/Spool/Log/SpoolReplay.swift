import WireProtocol

/// Content of a spool's files together, read in ascending order.
struct SpoolReplay {
  /// An unsettled batch and the number of its file.
  struct Found {
    var batch: SpooledBatch
    let segment: UInt64
  }

  /// A part of a file that is not a record.
  struct Damage: Hashable {
    let segment: UInt64
    let bytes: Range<Int>
  }

  /// The last state; nil when no record holds a state.
  private(set) var state: SpoolState?
  private(set) var damages: [Damage] = []
  private var found: [SpoolNumber: Found] = [:]

  /// Adds the records of the next file.
  mutating func add(_ segment: SpoolSegment, number: UInt64) {
    for record in segment.records { apply(record, in: number) }
    damages += segment.damages.map { Damage(segment: number, bytes: $0) }
  }

  /// Adds the torn end of a file that is not the newest. It is damage, because only the newest file was
  /// being written.
  mutating func addDamage(_ bytes: Range<Int>, number: UInt64) {
    damages.append(Damage(segment: number, bytes: bytes))
  }

  /// Unsettled batches in the order of sending.
  var unsettled: [Found] {
    found.values.sorted { $0.batch.number < $1.batch.number }
  }

  /// Whether a new identity is needed: when a part of the log is missing, it is unknown what was sent under
  /// which sequence. A new identity only means that batches are sent again.
  var needsNewIdentity: Bool {
    state == nil || !damages.isEmpty || unsettled.contains { $0.batch.number.epoch != state?.epoch }
  }

  /// The highest epoch in the files.
  var lastEpoch: UInt32 { max(state?.epoch ?? 0, found.keys.map(\.epoch).max() ?? 0) }

  private mutating func apply(_ record: SpoolRecord, in segment: UInt64) {
    switch record {
    case .batch(let batch):
      guard !isBelowBase(batch.number) else { return }
      found[batch.number] = Found(batch: batch, segment: segment)
      guard let state, state.epoch == batch.number.epoch else { return }
      let following = min(batch.number.sequence + 1, BatchSequence.range.upperBound)
      self.state?.next = max(state.next, following)
    case .settled(let epoch, let highestCommitted, let sequences):
      if let state, state.epoch == epoch {
        self.state?.highestCommitted = min(highestCommitted, state.next - 1)
      }
      for sequence in sequences { found[SpoolNumber(epoch: epoch, sequence: sequence)] = nil }
    case .state(let later):
      guard let earlier = state, earlier.epoch >= later.epoch else { return begin(later) }
      guard earlier.epoch == later.epoch else { return }
      state?.base = max(earlier.base, later.base)
      state?.next = max(earlier.next, later.next)
      state?.highestCommitted = later.highestCommitted
      state?.lineage = later.lineage
      dropBelowBase()
    }
  }

  /// Whether a batch is below the base. Then it is settled even without a record of its settlement.
  private func isBelowBase(_ number: SpoolNumber) -> Bool {
    guard let state else { return false }
    return number.epoch == state.epoch && number.sequence < state.base
  }

  private mutating func dropBelowBase() {
    found = found.filter { !isBelowBase($0.key) }
  }

  /// Starts an epoch: batches get the sequences that the state lists.
  private mutating func begin(_ later: SpoolState) {
    state = later
    state?.renumbered = []
    for (index, number) in later.renumbered.enumerated() {
      guard var entry = found.removeValue(forKey: number) else { continue }
      entry.batch.number = SpoolNumber(epoch: later.epoch, sequence: UInt64(index) + 1)
      found[entry.batch.number] = entry
    }
    dropBelowBase()
  }
}
