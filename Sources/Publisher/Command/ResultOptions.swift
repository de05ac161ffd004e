import ArgumentParser

/// What to wait for, to check and to print.
struct ResultOptions: ParsableArguments {
  @Option(
    help:
      "What time and rate are measured to: accepted or committed. Commits are awaited in any case."
  )
  var ack = RunPlan.Moment.committed

  @Option(
    help: ArgumentHelp(
      "The server's HTTP address: compare its counters before and after with this run's own.",
      valueName: "url"))
  var verify: String?

  @Flag(help: "Print the result as one JSON object.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "Write the distributions of waiting times there, as accepted.hgrm and committed.hgrm.",
      valueName: "directory"))
  var percentiles: String?

  /// Where to verify; nil when it is not asked for.
  var stats: StatsPage? { verify.flatMap { StatsPage(base: $0) } }

  func validate() throws {
    guard verify == nil || stats != nil else {
      throw ValidationError("--verify takes a URL such as http://127.0.0.1:8080.")
    }
  }
}

extension RunPlan.Moment: ExpressibleByArgument {}
