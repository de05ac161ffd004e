import ArgumentParser
import ClientLib

/// The events of a run: those that `sluice-publish` generates with the same options and `--seed`.
struct Workload: ParsableArguments {
  /// 2026-01-01T00:00:00Z, as in `sluice-publish` with a seed.
  private static let start = Timestamp(microseconds: 1_767_225_600_000_000)

  @Option(help: "Number of events.")
  var events: UInt64 = 100_000

  @Option(help: "Share of duplicates, 0 to 1.")
  var duplicates = 0.35

  @Flag(name: .customLong("old-duplicates"), help: "Duplicates of all earlier events.")
  var oldDuplicates = false

  @Option(help: "Different topics.")
  var topics = 40

  @Option(name: .customLong("payload-bytes"), help: "Bytes of each payload; 0 for none.")
  var payloadBytes = 120

  @Option(help: "Events in a batch.")
  var batch = 1_000

  @Option(help: "Number of events to skip at the beginning.")
  var skip: UInt64 = 0

  @Option(help: "The seed.")
  var seed: UInt64 = 1

  /// The number of different keys.
  var unique: UInt64 { generator.originals(among: events) }

  private var generator: EventGenerator {
    EventGenerator(
      EventGenerator.Recipe(
        seed: seed, start: Self.start, topics: topics, payloadBytes: payloadBytes, skipped: skip),
      plan: DuplicatePlan(share: duplicates, reachesAnywhere: oldDuplicates, seed: seed))
  }

  /// Calls `body` with the uncompressed columns of each batch, in order.
  func forEachBatch(_ body: (_ columns: [UInt8], _ events: Int) throws -> Void) throws {
    var generator = generator
    var place: UInt64 = 0
    while place < events {
      var columns = EventBatch(events: batch, bytes: 16 << 20)
      while place < events, try generator.append(place: place, to: &columns) { place += 1 }
      let count = columns.count
      try body(columns.columns(), count)
    }
  }
}
