import WireProtocol

/// What the files of a spool say together, read from the oldest to the newest.
struct SpoolReplay {
  /// A batch that is not settled, with the number of the file that it stands in.
  struct Found {
    var batch: SpooledBatch
    let segment: UInt64
  }

  /// A part of a file that is no record.
  struct Damage: Hashable {
    let segment: UInt64
    let bytes: Range<Int>
  }

  /// The last state; nil when there was none.
  private(set) var state: SpoolState?
  private(set) var damages: [Damage] = []
  private var found: [SpoolNumber: Found] = [:]

  /// Takes the records of the next file.
  mutating func add(_ segment: SpoolSegment, number: UInt64) {
    for record in segment.records { apply(record, in: number) }
    damages += segment.damages.map { Damage(segment: number, bytes: $0) }
  }

  /// Bytes at the end of a file that is not the last one make no sense.
  mutating func addDamage(_ bytes: Range<Int>, number: UInt64) {
    damages.append(Damage(segment: number, bytes: bytes))
  }

  /// What is not settled, in the order of sending.
  var unsettled: [Found] {
    found.values.sorted { $0.batch.number < $1.batch.number }
  }

  /// Whether sequences can not be trusted any more: with a part of the log missing it is not known what was
  /// sent under them. A new identity costs nothing but batches that are sent again.
  var needsNewIdentity: Bool {
    state == nil || !damages.isEmpty || unsettled.contains { $0.batch.number.epoch != state?.epoch }
  }

  /// The highest epoch that was seen.
  var lastEpoch: UInt32 { max(state?.epoch ?? 0, found.keys.map(\.epoch).max() ?? 0) }

  private mutating func apply(_ record: SpoolRecord, in segment: UInt64) {
    switch record {
    case .batch(let batch):
      guard !isBelowBase(batch.number) else { return }
      found[batch.number] = Found(batch: batch, segment: segment)
      guard let state, state.epoch == batch.number.epoch else { return }
      let following = min(batch.number.sequence + 1, BatchSequence.range.upperBound)
      self.state?.next = max(state.next, following)
    case .settled(let epoch, let sequences):
      for sequence in sequences { found[SpoolNumber(epoch: epoch, sequence: sequence)] = nil }
    case .state(let later):
      guard let earlier = state, earlier.epoch >= later.epoch else { return begin(later) }
      guard earlier.epoch == later.epoch else { return }
      state?.base = max(earlier.base, later.base)
      state?.next = max(earlier.next, later.next)
      state?.lineage = later.lineage
      dropBelowBase()
    }
  }

  /// Everything below the base is settled, whether or not a record says so.
  private func isBelowBase(_ number: SpoolNumber) -> Bool {
    guard let state else { return false }
    return number.epoch == state.epoch && number.sequence < state.base
  }

  private mutating func dropBelowBase() {
    found = found.filter { !isBelowBase($0.key) }
  }

  /// An epoch begins: the batches get their numbers under the new identity.
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
