import ArgumentParser

/// Options for measuring, verifying and printing the result.
struct ResultOptions: ParsableArguments {
  @Option(
    help:
      "Measure time and rate until batches are accepted or committed. The run waits for commits in any case."
  )
  var ack = RunPlan.Moment.committed

  @Option(
    help: ArgumentHelp(
      """
      The server's HTTP address: compare its counters with the acknowledgements of this run, and print \
      reasons of dead events.
      """,
      valueName: "url"))
  var verify: String?

  @Flag(help: "Print the result as one JSON object.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "Write the distributions of latencies into this directory, as accepted.hgrm and committed.hgrm.",
      valueName: "directory"), completion: .directory)
  var percentiles: String?

  /// Page with the server's counters; nil without `--verify`.
  func stats(_ access: PageAccess) -> StatsPage? { verify.flatMap { StatsPage(base: $0, access) } }

  /// Page with the reasons of dead events; nil without `--verify`.
  func deadPage(_ access: PageAccess) -> DeadPage? { verify.flatMap { DeadPage(base: $0, access) } }

  func validate() throws {
    guard verify == nil || stats(PageAccess()) != nil else {
      throw ValidationError("--verify takes a URL such as http://127.0.0.1:8080.")
    }
  }
}

extension RunPlan.Moment: ExpressibleByArgument {}
