import ArgumentParser
import ClientLib
import CommandSupport
import Logging

/// The run of a command: publishes, prints the report, and decides the exit status.
struct CommandRun {
  let options: RunOptions
  let source: RunPlan.Source
  /// The format of lines; nil for the events of `POST /publish`.
  var format: FormatPlan?
  /// The treatment of lines that are not events.
  var badLines = BadLinePlan()

  /// Performs the run with its output on `console`.
  /// - Throws: `ExitCode` unless everything was published and committed.
  func perform(on console: Console) async throws {
    do throws(RunFailure) {
      let key = try options.key.read(tell: console.tell)
      let run = Run(
        plan: plan(key: key?.key), logger: console.logger, stop: InterruptSignal(), tell: console.tell)
      let access = PageAccess(tls: options.encryption.pageTLS, bearer: key?.text)
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
    let result = options.result
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
    let reasons = await deadReasons(of: outcome, access)
    let report = Report(
      outcome, moment: run.plan.moment, verification: verification, deadReasons: reasons)
    try console.print(result.json ? report.json() : report.text(verification))
    if let unverified, outcome.failure == nil { throw unverified }
    return try status(outcome, verification, reasons, run)
  }

  /// Returns the first reasons of dead events: those that the server has, else those that this run knows.
  private func deadReasons(of outcome: Run.Result, _ access: PageAccess) async -> [String] {
    guard outcome.totals.dead > 0 else { return [] }
    let reasons = await options.result.deadPage(access)?.reasons(of: outcome.producers) ?? []
    return reasons.isEmpty ? outcome.deadReasons : reasons
  }

  private func status(
    _ outcome: Run.Result, _ verification: Verification?, _ reasons: [String], _ run: Run
  ) throws(RunFailure) -> PublishExitStatus {
    if let failure = outcome.failure { throw failure }
    if let problem = verification?.problem { throw RunFailure(.differs, "verification failed: \(problem)") }
    if outcome.totals.dead > 0 {
      let summary = DeadPage.summary(outcome.totals.dead, reasons, of: outcome.producers)
      guard run.plan.isFollowing else { throw RunFailure(.incomplete, summary) }
      run.tell("sluice-publish: \(summary)")
    }
    if outcome.wasInterrupted { return run.plan.isFollowing ? .done : .interrupted }
    return outcome.badLines > 0 ? .input : .done
  }

  private func plan(key: Producer.Key?) -> RunPlan {
    let (target, load) = (options.target, options.load)
    return RunPlan(
      source: source, format: format, badLines: badLines, endpoints: target.endpoints,
      spreadsKeys: target.spread == .keys, name: target.name, connections: target.connections,
      batch: load.batch, rate: load.rate, moment: options.result.ack, producer: target.producerID, key: key,
      tls: options.encryption.tls, timeout: target.wait.duration, hasFreshKeys: load.seed == nil,
      buffering: options.buffering.buffering, stopWait: target.stopWait.duration)
  }
}
