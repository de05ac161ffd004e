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
      sluice-publish --endpoint one:7171 --endpoint two:7171 --spread keys
      sluice-publish --input events.ndjson
      sluice-publish --follow '/var/log/app/events.log*' --state /var/lib/app/sluice.state
      """,
    discussion: """
      Exit status:
      \(PublishExitStatus.allCases.map { "  \($0.rawValue)  \($0.meaning)" }.joined(separator: "\n"))
      """)

  @OptionGroup(title: "Where to")
  var target: TargetOptions

  @OptionGroup(title: "Who publishes")
  var key: KeyOption

  @OptionGroup(title: "Encryption")
  var encryption: EncryptionOptions

  @OptionGroup(title: "Generated events")
  var load: LoadOptions

  @OptionGroup(title: "Events from files")
  var input: InputOptions

  @OptionGroup(title: "Buffering what cannot be sent")
  var buffering: BufferingOptions

  @OptionGroup(title: "Result")
  var result: ResultOptions

  func validate() throws {
    try input.validate(with: load, buffering)
    guard buffering.spool == nil || target.producerID == nil else {
      throw ValidationError("--producer-id does not go with --spool, which has an identity of its own.")
    }
  }

  /// Runs the command. Without arguments it prints its usage and sends nothing.
  static func main() async {
    guard CommandLine.arguments.count > 1 else {
      Console.standard.tell(
        "sluice-publish: nothing to publish; use --events N for generated events or --input FILE\n\n"
          + Self.helpMessage())
      exit(withError: ExitCode(PublishExitStatus.usage.rawValue))
    }
    await Self.main(nil)
  }

  func run() async throws {
    try await run(on: .standard)
  }

  /// Runs the command with its output on `console`.
  /// - Throws: `ExitCode` unless everything was published and committed.
  func run(on console: Console) async throws {
    do throws(RunFailure) {
      let key = try key.readWithText(tell: console.tell)
      let plan = plan(key: key?.key)
      let run = Run(plan: plan, logger: console.logger, stop: InterruptSignal(), tell: console.tell)
      let access = PageAccess(tls: encryption.pageTLS, bearer: key?.text)
      let status = try await perform(run, access, console)
      if status != .done { throw RunFailure(status, "") }
    } catch {
      if !error.description.isEmpty { console.tell("sluice-publish: \(error)") }
      throw ExitCode(error.status.rawValue)
    }
  }

  private func perform(
    _ run: Run, _ access: PageAccess, _ console: Console
  ) async throws(RunFailure) -> PublishExitStatus {
    let producers = try await run.connect()
    let stats = result.stats(access)
    let before = try await stats?.read()
    let record = RunRecord()
    let partitioner = WorkPartitioner(count: run.plan.events ?? 0, batch: run.plan.placesAtOnce)
    let outcome = await run.stop.whileListening(stopped: { partitioner.stop() }) {
      await console.showingProgress(of: record, expected: run.plan.events) {
        await run.publish(over: producers, partitioner: partitioner, record: record)
      }
    }
    var verification: Verification?
    var unverified: RunFailure?
    if let before, let page = stats {
      do throws(RunFailure) {
        verification = Verification(before: before, after: try await page.read(), result: outcome)
      } catch {
        unverified = error
      }
    }
    if let directory = result.percentiles { try outcome.totals.writeDistributions(into: directory) }
    let report = Report(outcome, moment: run.plan.moment, verification: verification)
    try console.print(result.json ? report.json() : report.text(verification))
    if let unverified, outcome.failure == nil { throw unverified }
    return try await status(outcome, verification, access, isFollowing: run.plan.isFollowing)
  }

  private func status(
    _ outcome: Run.Result, _ verification: Verification?, _ access: PageAccess, isFollowing: Bool
  ) async throws(RunFailure) -> PublishExitStatus {
    if let failure = outcome.failure { throw failure }
    if let problem = verification?.problem { throw RunFailure(.differs, "verification failed: \(problem)") }
    if outcome.totals.dead > 0 {
      let reasons = await result.deadPage(access)?.reasons(of: outcome.producers) ?? []
      throw RunFailure(.incomplete, DeadPage.summary(outcome.totals.dead, reasons))
    }
    if outcome.wasInterrupted { return isFollowing ? .done : .interrupted }
    return outcome.badLines > 0 ? .input : .done
  }

  private func plan(key: Producer.Key?) -> RunPlan {
    let seed = load.seed ?? UInt64.random(in: 0...UInt64.max)
    let source: RunPlan.Source =
      if let plan = input.followPlan {
        .follow(plan, strict: input.strict)
      } else if let path = input.input {
        .lines(path: path, strict: input.strict)
      } else {
        .generator(load.generator(seed: seed), events: load.events)
      }
    return RunPlan(
      source: source, endpoints: target.endpoints, spreadsKeys: target.spread == .keys,
      connections: target.connections, batch: load.batch,
      rate: load.rate, moment: result.ack, producer: target.producerID, key: key, tls: encryption.tls,
      timeout: target.wait.duration,
      hasFreshKeys: load.seed == nil, buffering: buffering.buffering, stopWait: target.stopWait.duration)
  }
}
