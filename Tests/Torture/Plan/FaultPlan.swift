/// All faults of a run with their times. The plan depends only on the seed, the length of the run and the
/// number of workers.
struct FaultPlan: Equatable {
  /// A fault and its time.
  struct Entry: Equatable, CustomStringConvertible {
    /// Time since the beginning of the run, in milliseconds.
    let milliseconds: Int
    let fault: PlannedFault

    var description: String { "\(milliseconds) \(fault)" }
  }

  /// Length of the last part of a run, in seconds. Changes of the database are not planned there, so that
  /// producers can be told of the last change.
  static let quietSeconds = 12

  /// Entries in the order of their times.
  let entries: [Entry]

  /// Makes the plan of a run of `seconds`.
  init(seed: UInt64, seconds: Int, workers: Int) {
    var entries: [(source: Int, entry: Entry)] = []
    for (index, source) in PlannedFault.sources.enumerated() {
      var random = Random64(seed, UInt64(index))
      var time = 500 + random.below(source.milliseconds)
      while time < seconds * 1_000 {
        let fault = source.make(&random, workers)
        if !fault.isChange || time < (seconds - Self.quietSeconds) * 1_000 {
          entries.append((index, Entry(milliseconds: time, fault: fault)))
        }
        // The interval is 0.5 to 1.5 times the mean.
        time += source.milliseconds / 2 + random.below(source.milliseconds)
      }
    }
    // Entries with equal times are ordered by source, so that equal plans have the same order.
    self.entries = entries.sorted { ($0.entry.milliseconds, $0.source) < ($1.entry.milliseconds, $1.source) }
      .map(\.entry)
  }

  /// Hash of the plan's text (FNV-1a). Equal plans have equal hashes.
  var fingerprint: String {
    let hash = entries.map(\.description).joined(separator: "\n").utf8
      .reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    return String(hash, radix: 16)
  }
}
