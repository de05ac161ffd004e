import Foundation

/// One run, from its beginning to its report.
struct TortureRun {
  let options: RunOptions

  /// Runs the plan and checks the result.
  /// - Throws: `SystemFailure` when the run could not be made.
  func run() throws -> Report {
    let plan = FaultPlan(seed: options.seed, seconds: options.seconds, workers: options.workers)
    var report = Report(seed: options.seed, plan: plan.fingerprint, plannedFaults: plan.entries.count)
    tell("torture: \(options.seconds) s, seed \(options.seed), plan \(report.plan), in \(options.directory)")
    let stage = try Stage(options)
    defer { stage.close() }
    let began = ContinuousClock.now
    let runner = PlanRunner(stage)
    runner.run(plan, seconds: options.seconds)
    tell("torture: the plan is done; settling what is under way")
    stage.calm()
    var findings = Draining.drain(stage.workers, stopFile: options.stopFile)
    report.seconds = began.duration(to: .now) / .seconds(1)
    tell("torture: comparing the database with what the producers know")
    try findings.add(check(stage, &report))
    report.add(stage, runner)
    tell("torture: killing a server with its own Postgres")
    let embedded = try EmbeddedPhase(options).run()
    findings.add(embedded.findings)
    report.embeddedKillToReady = Report.Times(embedded.restarts)
    report.add(findings)
    return report
  }

  private func check(_ stage: Stage, _ report: inout Report) throws -> FindingList {
    let workers = options.models()
    var findings = FindingList()
    for worker in workers {
      for text in worker.failures { findings.add(.program, text) }
      for notice in worker.notices where !isExpected(notice, stage.postgres.changes) {
        findings.add(.program, "\(notice)")
      }
    }
    for failure in stage.servers.flatMap(\.failures) { findings.add(.program, failure) }
    let database = stage.postgres.database
    let check = DatabaseCheck(
      database: database, workers: workers, seed: options.seed, changes: stage.postgres.changes)
    let (found, totals) = try check.run()
    findings.add(found)
    report.add(workers, totals)
    let audit = try ChildProcess(
      options.sluiced, ["audit"], environment: ["SLUICE_DATABASE_URL": database.conninfo],
      log: options.path("audit.log"))
    let exit = audit.wait()
    if exit != .status(0) { findings.add(.counts, "sluiced audit ended with \(exit); see audit.log") }
    return findings
  }

  /// Whether the notice may occur: LINEAGE_LOSS after a change of lineage. All other notices are mistakes.
  private func isExpected(_ notice: WorkerModel.Notice, _ changes: [LineageChange]) -> Bool {
    notice.isLineageLoss && changes.contains { ($0.diverged ?? $0.switched) <= notice.at }
  }

  private func tell(_ line: String) {
    // Written without a buffer, because the lines show the progress of the run.
    FileHandle.standardOutput.write(Data("\(line)\n".utf8))
  }
}

extension Report {
  /// Adds the counts of the plan's faults.
  fileprivate mutating func add(_ stage: Stage, _ runner: PlanRunner) {
    killsOfServers = stage.servers.reduce(0) { $0 + $1.kills }
    killsOfServersAtCommit = runner.killedAtCommit
    killsOfPostgres = stage.postgres.crashes
    killsOfBackends = stage.postgres.backendKills
    killsOfClients = stage.workers.reduce(0) { $0 + $1.kills }
    terminatedBackends = runner.terminated
    cuts = runner.cuts
    cutsBetweenCommitAndAnswer = runner.cutsAtCommit
    answersOfCommitWithheld = runner.answersWithheld
    stalls = runner.stalls
    changesOfLineage = stage.postgres.changes.count
    changesWithLoss = stage.postgres.changes.count { $0.diverged != nil }
    relaxedCommits = stage.postgres.relaxations
    postgresReadyToFirstCommit = Times(stage.postgres.firstCommits)
    killToReady = Times(stage.servers.flatMap(\.restarts))
  }

  /// Adds the counts of the producers and of the database.
  fileprivate mutating func add(_ workers: [WorkerModel], _ totals: StoreTotals) {
    reconnects = workers.reduce(0) { $0 + $1.reconnects }
    resentBatches = workers.reduce(0) { $0 + $1.resent }
    lineageLossNotices = workers.reduce(0) { $0 + $1.notices.count(where: \.isLineageLoss) }
    lostWithALineage = totals.excused
    let told = workers.flatMap(\.told.values)
    replays = told.count(where: \.isReplay)
    countsUnknown = told.count { $0.counts == nil }
    (batches, events) = (totals.batches, totals.received)
    (unique, duplicates, dead) = (totals.unique, totals.duplicate, totals.dead)
    eventsPerSecond = Int(Double(totals.received) / max(seconds, 0.001))
  }
}
