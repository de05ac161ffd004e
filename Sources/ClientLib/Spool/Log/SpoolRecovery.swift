import WireProtocol

/// What a producer begins with over a spool: made of what the files say, by rules alone.
struct SpoolRecovery: Sendable {
  /// Numbers without a batch that are believed between unsettled ones; more are a sign of damage.
  private static let widestGaps: UInt64 = 1 << 20

  let log: SpoolLog
  let state: SpoolState
  /// What is to be sent again, in order, with the numbers that it has now.
  let batches: [SpoolReplay.Found]
  /// Whether what was found made a new identity necessary.
  let isRenewed: Bool
  /// Whether the identity is the one of an earlier process.
  let isContinued: Bool
  let damages: [SpoolReplay.Damage]

  /// - Parameters:
  ///   - segments: the files, the oldest first, with their bytes.
  ///   - fresh: the identity to take if there is none, or it can not be kept.
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
        lineage: replay.state?.lineage, renumbered: renumbered)
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

  private static func isBelievable(_ state: SpoolState, _ batches: [SpoolReplay.Found]) -> Bool {
    let first = batches.first?.batch.number.sequence ?? state.next
    let numbers = state.next - min(first, state.next)
    return numbers <= UInt64(batches.count) + widestGaps && state.next < BatchSequence.range.upperBound >> 1
  }
}
