import ArgumentParser
import Base
import ClientLib
import Logging

/// The `sluice-publish` command.
@main
struct SluicePublish: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sluice-publish",
    abstract: "Publish the lines of files, or generated events, to Sluice and report what became of them.",
    usage: """
      sluice-publish --input events.ndjson
      sluice-publish --follow '/var/log/app/events.log*' --state /var/lib/app/sluice.state
      sluice-publish generate --events 1000000 --verify http://127.0.0.1:8080
      sluice-publish generate --events 1000000 --endpoint one:7171 --endpoint two:7171 --spread keys
      """,
    discussion: """
      Exit status:
      \(PublishExitStatus.allCases.map { "  \($0.rawValue)  \($0.meaning)" }.joined(separator: "\n"))
      """,
    version: ProgramVersion.current, subcommands: [Generate.self])

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

  @OptionGroup(title: "Format of the files")
  var format: FormatOptions

  @OptionGroup(title: "Buffering what cannot be sent")
  var buffering: BufferingOptions

  @OptionGroup(title: "Result")
  var result: ResultOptions

  func validate() throws {
    try input.validate(with: load, buffering)
    try format.validate(with: input)
    try Self.validate(target, buffering)
  }

  /// Rejects options that exclude each other, whatever is published.
  static func validate(_ target: TargetOptions, _ buffering: BufferingOptions) throws {
    guard buffering.spool == nil || target.producerID == nil else {
      throw ValidationError("--producer-id does not go with --spool, which has an identity of its own.")
    }
  }

  private static let nothing =
    "nothing to publish; use --input FILE, --follow FILE with --state FILE, or generate for generated events"

  /// Runs the command. Without arguments it prints its usage and sends nothing.
  static func main() async {
    guard CommandLine.arguments.count > 1 else {
      Console.standard.tell(
        "sluice-publish: \(Self.nothing)\n\n" + Self.helpMessage())
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
      guard let source else { throw RunFailure(.usage, Self.nothing) }
      let key = try key.readWithText(tell: console.tell)
      let plan = try plan(source, key: key?.key)
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
    return try await status(outcome, verification, access, run)
  }

  private func status(
    _ outcome: Run.Result, _ verification: Verification?, _ access: PageAccess, _ run: Run
  ) async throws(RunFailure) -> PublishExitStatus {
    if let failure = outcome.failure { throw failure }
    if let problem = verification?.problem { throw RunFailure(.differs, "verification failed: \(problem)") }
    if outcome.totals.dead > 0 {
      let reasons = await result.deadPage(access)?.reasons(of: outcome.producers) ?? []
      let summary = DeadPage.summary(outcome.totals.dead, reasons)
      guard run.plan.isFollowing else { throw RunFailure(.incomplete, summary) }
      run.tell("sluice-publish: \(summary)")
    }
    if outcome.wasInterrupted { return run.plan.isFollowing ? .done : .interrupted }
    return outcome.badLines > 0 ? .input : .done
  }

  /// Source of the events; nil when no option names one.
  private var source: RunPlan.Source? {
    if let plan = input.followPlan { return .follow(plan) }
    if let path = input.input { return .lines(path: path) }
    let seed = load.seed ?? UInt64.random(in: 0...UInt64.max)
    return load.events.map { .generator(load.generator(seed: seed), events: $0) }
  }

  private func plan(_ source: RunPlan.Source, key: Producer.Key?) throws(RunFailure) -> RunPlan {
    let lines: FormatPlan?
    do {
      lines = try format.plan()
    } catch {
      throw RunFailure(.usage, "\(error)")
    }
    return RunPlan(
      source: source, format: lines, badLines: format.badLines(isStrict: input.strict),
      endpoints: target.endpoints, spreadsKeys: target.spread == .keys, name: target.name, connections: target.connections,
      batch: load.batch, rate: load.rate, moment: result.ack, producer: target.producerID, key: key,
      tls: encryption.tls, timeout: target.wait.duration, hasFreshKeys: load.seed == nil,
      buffering: buffering.buffering, stopWait: target.stopWait.duration)
  }
}
