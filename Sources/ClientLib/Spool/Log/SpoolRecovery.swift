import WireProtocol

/// Start of a producer over a spool, computed from the content of its files. Pure.
struct SpoolRecovery: Sendable {
  /// Sequences without a batch that are accepted between unsettled batches. More are taken for damage.
  private static let widestGaps: UInt64 = 1 << 20

  let log: SpoolLog
  let state: SpoolState
  /// Batches to send again, in order, with their present sequences.
  let batches: [SpoolReplay.Found]
  /// Whether the content made a new identity necessary.
  let isRenewed: Bool
  /// Whether an earlier process used the identity.
  let isContinued: Bool
  let damages: [SpoolReplay.Damage]

  /// - Parameters:
  ///   - segments: files in ascending order with their sizes in bytes.
  ///   - fresh: identity to take when the spool has none or cannot keep its own.
  init(
    _ replay: SpoolReplay, segments: [(number: UInt64, bytes: Int)], fresh: ProducerID, capacity: Int
  ) {
    var batches = replay.unsettled
    damages = replay.damages
    if let state = replay.state, !replay.needsNewIdentity, Self.isBelievable(state, batches) {
      (isRenewed, isContinued) = (false, true)
      self.state = state
    } else {
      (isRenewed, isContinued) = (replay.state != nil || !batches.isEmpty, false)
      let renumbered = batches.map(\.batch.number)
      let epoch = replay.lastEpoch + 1
      for index in batches.indices {
        batches[index].batch.number = SpoolNumber(epoch: epoch, sequence: UInt64(index) + 1)
      }
      state = SpoolState(
        producer: fresh, epoch: epoch, next: UInt64(batches.count) + 1, base: 1,
        highestCommitted: 0, lineage: replay.state?.lineage, renumbered: renumbered)
    }
    self.batches = batches
    var files = segments.map { SpoolLog.Segment(number: $0.number, bytes: $0.bytes) }
    for found in batches {
      guard let place = files.firstIndex(where: { $0.number == found.segment }) else {
        preconditionFailure("a batch was found in a file that is not there")
      }
      files[place].unsettled += 1
    }
    var begin = state
    begin.base = batches.first?.batch.number.sequence ?? begin.next
    log = SpoolLog(segments: files, state: begin, capacity: capacity)
  }

  /// Whether `state` can be the state of a log with these unsettled batches of its epoch, in order.
  private static func isBelievable(_ state: SpoolState, _ batches: [SpoolReplay.Found]) -> Bool {
    let sequences = batches.map(\.batch.number.sequence)
    // With such a state, a later batch would get the sequence of this one.
    if let last = sequences.last, last >= state.next { return false }
    let numbers = state.next - (sequences.first ?? state.next)
    return numbers <= UInt64(batches.count) + widestGaps && state.next < BatchSequence.range.upperBound >> 1
  }
}
