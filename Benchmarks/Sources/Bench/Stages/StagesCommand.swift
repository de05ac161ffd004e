import ArgumentParser

/// Measures the stages of a batch one by one, each over the same events, in rounds.
struct StagesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "stages")

  @Option(help: "The only side to measure; all sides by default.")
  var only: Stage.Side?

  @Option(help: "Rounds, of which the first warms up and does not count.")
  var rounds = 5

  @OptionGroup var workload: Workload

  private struct Result: Encodable {
    let stage: String
    let side: Stage.Side
    /// Nanoseconds of processor time an event: the median of the rounds, and every round.
    let nanoseconds: Double
    let rounds: [Double]
    /// Allocations for each event.
    let allocations: Double
  }

  func run() throws {
    let material = try Material(workload)
    let all = Stage.references(material) + Stage.server(material) + Stage.client(material)
    let stages = all.filter { only == nil || $0.side == only }
    var meters = Array(repeating: Meter(), count: stages.count)
    for round in 0...rounds {
      for (index, stage) in stages.enumerated() {
        var meter = round == 0 ? Meter() : meters[index]
        try meter.measure(events: material.events, stage.run)
        if round > 0 { meters[index] = meter }
      }
    }
    try printLine(
      zip(stages, meters).map { stage, meter in
        Result(
          stage: stage.name, side: stage.side, nanoseconds: meter.median, rounds: meter.nanoseconds,
          allocations: meter.allocations)
      })
  }
}

/// One stage, which is measured over all events.
struct Stage {
  /// The side on which a stage runs.
  enum Side: String, Encodable, ExpressibleByArgument {
    /// The least work of any program: moving the bytes.
    case reference
    case server
    case client
  }

  let name: String
  let side: Side
  let run: () throws -> Void

  init(_ name: String, _ side: Side, _ run: @escaping () throws -> Void) {
    self.name = name
    self.side = side
    self.run = run
  }
}
