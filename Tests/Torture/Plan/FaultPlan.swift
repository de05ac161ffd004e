/// Everything that goes wrong in a run, and when: from the seed and the length alone.
struct FaultPlan: Equatable {
  /// One fault at its time.
  struct Entry: Equatable, CustomStringConvertible {
    /// After the beginning.
    let milliseconds: Int
    let fault: PlannedFault

    var description: String { "\(milliseconds) \(fault)" }
  }

  /// In the order of their times.
  let entries: [Entry]

  /// The plan of a run of so many seconds.
  init(seed: UInt64, seconds: Int, lanes: Int) {
    var entries: [(source: Int, entry: Entry)] = []
    for (index, source) in PlannedFault.sources.enumerated() {
      var random = Random64(seed, UInt64(index))
      var time = 500 + random.below(source.milliseconds)
      while time < seconds * 1_000 {
        entries.append((index, Entry(milliseconds: time, fault: source.make(&random, lanes))))
        // Half to one and a half times the mean.
        time += source.milliseconds / 2 + random.below(source.milliseconds)
      }
    }
    // By the source where times are equal: the order must not be left to chance.
    self.entries = entries.sorted { ($0.entry.milliseconds, $0.source) < ($1.entry.milliseconds, $1.source) }
      .map(\.entry)
  }

  /// A number that two equal plans share (FNV-1a over their text).
  var fingerprint: String {
    let hash = entries.map(\.description).joined(separator: "\n").utf8
      .reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    return String(hash, radix: 16)
  }
}
