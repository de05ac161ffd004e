import ArgumentParser
import ClientLib
import Logging

/// The `sluice-publish` command.
@main
struct SluicePublish: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sluice-publish",
    abstract: "Publish generated events, or the lines of a file, to Sluice and report what became of them.",
    usage: """
      sluice-publish --events 1000000
      sluice-publish --endpoint one:7171 --endpoint two:7171 --connections 4 --rate 200000
      tail -F events.ndjson | sluice-publish --input -
      """,
    discussion: """
      Exit status:
      \(ExitStatus.allCases.map { "  \($0.rawValue)  \($0.meaning)" }.joined(separator: "\n"))
      """)

  @OptionGroup(title: "Where to")
  var target: TargetOptions

  @OptionGroup(title: "Generated events")
  var load: LoadOptions

  @OptionGroup(title: "Events from a file")
  var input: InputOptions

  @OptionGroup(title: "Keeping what can not be sent")
  var keeping: KeepingOptions

  @OptionGroup(title: "Result")
  var result: ResultOptions

  func validate() throws {
    try load.validate(with: input)
    guard keeping.spool == nil || target.producerID == nil else {
      throw ValidationError("--producer-id does not go with --spool, which has an identity of its own.")
    }
  }

  func run() async throws {
    try await run(on: .standard)
  }

  /// Does everything, and writes to `console`.
  /// - Throws: `ExitCode` when not everything was done.
  func run(on console: Console) async throws {
    let plan = plan()
    let stop = StopSignal()
    let run = Run(plan: plan, logger: console.logger, stop: stop, tell: console.tell)
    do throws(RunFailure) {
      let status = try await perform(run, console)
      if status != .done { throw RunFailure(status, "") }
    } catch {
      if !error.description.isEmpty { console.tell("sluice-publish: \(error)") }
      throw ExitCode(error.status.rawValue)
    }
  }

  private func perform(_ run: Run, _ console: Console) async throws(RunFailure) -> ExitStatus {
    let producers = try await run.connect()
    let before = try await result.stats?.read()
    let record = RunRecord()
    let dealer = PlaceDealer(count: run.plan.events ?? 0, batch: UInt64(run.plan.batch))
    let outcome = await run.stop.whileListening(stopped: { dealer.stop() }) {
      await console.showingProgress(of: record, expected: run.plan.events) {
        await run.publish(over: producers, dealer: dealer, record: record)
      }
    }
    var verification: Verification?
    if let before, let page = result.stats {
      verification = Verification(before: before, after: try await page.read(), result: outcome)
    }
    if let directory = result.percentiles { try outcome.totals.writeDistributions(into: directory) }
    let report = Report(outcome, moment: run.plan.moment, verification: verification)
    console.print(result.json ? report.json() : report.text(verification))
    return try status(outcome, verification)
  }

  private func status(_ outcome: Run.Result, _ verification: Verification?) throws(RunFailure) -> ExitStatus {
    if let failure = outcome.failure { throw failure }
    if let problem = verification?.problem { throw RunFailure(.differs, "verification failed: \(problem)") }
    if outcome.wasInterrupted { return .interrupted }
    return outcome.badLines > 0 ? .input : .done
  }

  private func plan() -> RunPlan {
    let seed = load.seed ?? UInt64.random(in: 0...UInt64.max)
    let source: RunPlan.Source =
      if let path = input.input {
        .lines(path: path, strict: input.strict)
      } else {
        .generator(load.generator(seed: seed), events: load.events)
      }
    return RunPlan(
      source: source, endpoints: target.endpoints, connections: target.connections, batch: load.batch,
      rate: load.rate, moment: result.ack, producer: target.producerID, patience: target.wait.duration,
      hasFreshKeys: load.seed == nil, keeping: keeping.keeping)
  }
}
