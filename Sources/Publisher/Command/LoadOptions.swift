import ArgumentParser
import ClientLib

/// Options for generated events and their rate.
struct LoadOptions: ParsableArguments {
  /// Time of the first event of a seeded run, fixed so that each run has the same events:
  /// 2026-01-01T00:00:00Z.
  private static let seededStart = Timestamp(microseconds: 1_767_225_600_000_000)

  /// Events of `generate` without `--events`.
  static let usualEvents: UInt64 = 1_000_000
  /// Beginning of the topics of `generate` without `--topic-prefix`.
  static let usualPrefix = "demo."
  private static let usualDuplicates = 0.35
  private static let usualTopics = 40
  private static let usualPayloadBytes = 120

  @Option(help: "Events to send. `generate` sends \(LoadOptions.usualEvents) without this option.")
  var events: UInt64?

  @Option(help: ArgumentHelp("The share of duplicates, from 0 to below 1.", valueName: "share"))
  var duplicates = Self.usualDuplicates

  @Flag(
    name: .customLong("old-duplicates"),
    help: "Spread duplicates over all earlier events instead of mostly recent ones.")
  var oldDuplicates = false

  @Option(help: "Different topics.")
  var topics = Self.usualTopics

  @Option(
    name: .customLong("topic-prefix"),
    help: ArgumentHelp(
      "Begin each topic with this text. `generate` uses \(LoadOptions.usualPrefix) without this option.",
      valueName: "text"))
  var topicPrefix: String?

  @Option(
    name: .customLong("payload-bytes"),
    help: "Bytes of each payload, at least \(PayloadTemplate.shortest); 0 for none.")
  var payloadBytes = Self.usualPayloadBytes

  @Option(help: "Events in a batch; the server's limit applies, too.")
  var batch = 1_000

  @Option(
    help: ArgumentHelp(
      "Events per second over all connections; without this option as fast as possible.",
      valueName: "events/s"))
  var rate: Double?

  @Option(help: "Generate the same events, with the same ids, in every run.")
  var seed: UInt64?

  @Option(help: "With --seed: leave out this many first events, because an earlier run has sent them.")
  var skip: UInt64 = 0

  /// Microseconds between two originals. With a seed it is 1, because seeded events are the same at every rate. Without
  /// a rate the clock of their sending decides.
  var step: Double {
    guard let rate, seed == nil else { return 1 }
    return 1_000_000 / (rate * (1 - duplicates))
  }

  /// The source of generated events; nil without `--events`.
  var source: RunPlan.Source? { events.map { source(of: $0) } }

  /// Returns the source of generated events.
  /// - Parameter events: The number of events.
  func source(of events: UInt64) -> RunPlan.Source {
    .generator(generator(seed: seed ?? UInt64.random(in: 0...UInt64.max)), events: events)
  }

  /// The generator of a run.
  func generator(seed: UInt64) -> EventGenerator {
    EventGenerator(
      EventGenerator.Recipe(
        seed: seed, start: self.seed == nil ? .now : Self.seededStart, step: step, topics: topics,
        topicPrefix: topicPrefix ?? "", payloadBytes: payloadBytes, skipped: skip,
        clock: rate == nil && self.seed == nil ? SendingClock() : nil),
      plan: DuplicatePlan(share: duplicates, reachesAnywhere: oldDuplicates, seed: seed))
  }

  func validate() throws {
    guard events.map({ $0 >= 1 && $0 <= 1 << 50 }) ?? true else {
      throw ValidationError("--events takes 1 to 2^50.")
    }
    guard skip <= 1 << 50 else { throw ValidationError("--skip takes 0 to 2^50.") }
    guard skip == 0 || seed != nil else { throw ValidationError("--skip needs --seed.") }
    guard duplicates >= 0, duplicates <= 0.999 else {
      throw ValidationError("--duplicates takes 0 to 0.999.")
    }
    guard (1...1_000_000).contains(topics) else {
      throw ValidationError("--topics takes 1 to 1000000.")
    }
    guard payloadBytes == 0 || (PayloadTemplate.shortest...262_144).contains(payloadBytes) else {
      throw ValidationError("--payload-bytes takes 0, or \(PayloadTemplate.shortest) to 262144.")
    }
    guard topicPrefix.map({ $0.unicodeScalars.count <= 200 }) ?? true else {
      throw ValidationError("--topic-prefix takes at most 200 characters.")
    }
    guard (1...65_535).contains(batch) else { throw ValidationError("--batch takes 1 to 65535.") }
    guard rate.map({ $0 >= 0.001 && $0 <= 1e9 }) ?? true else {
      throw ValidationError("--rate takes 0.001 to 1000000000 events a second.")
    }
  }

  /// The first option that only generated events have; nil when there is none.
  var generatedOption: String? {
    let options: [(isGiven: Bool, name: String)] = [
      (events != nil, "--events"), (rate != nil, "--rate"), (seed != nil, "--seed"),
      (oldDuplicates, "--old-duplicates"), (duplicates != Self.usualDuplicates, "--duplicates"),
      (topics != Self.usualTopics, "--topics"), (topicPrefix != nil, "--topic-prefix"),
      (payloadBytes != Self.usualPayloadBytes, "--payload-bytes"),
    ]
    return options.first(where: \.isGiven)?.name
  }
}
