import Foundation

/// One run from its beginning to its report.
struct TortureRun {
  let options: RunOptions

  /// - Throws: `SystemFailure` when the run could not be made.
  func run() throws -> Report {
    let plan = FaultPlan(seed: options.seed, seconds: options.seconds, lanes: options.lanes)
    var report = Report(seed: options.seed, plan: plan.fingerprint, plannedFaults: plan.entries.count)
    tell("torture: \(options.seconds) s, seed \(options.seed), plan \(report.plan), in \(options.directory)")
    let stage = try Stage(options)
    defer { stage.close() }
    let began = ContinuousClock.now
    let runner = PlanRunner(stage)
    runner.run(plan, seconds: options.seconds)
    tell("torture: the plan is done; settling what is under way")
    stage.calm()
    var findings = Draining.drain(stage.lanes, stopFile: options.stopFile)
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
    let lanes = options.models()
    var findings = FindingList()
    for lane in lanes {
      for text in lane.failures + lane.notices { findings.add(.program, text) }
    }
    for failure in stage.servers.flatMap(\.failures) { findings.add(.program, failure) }
    let database = stage.postgres.database
    let (found, totals) = try DatabaseCheck(database: database, lanes: lanes, seed: options.seed).run()
    findings.add(found)
    report.add(lanes, totals)
    let audit = try ChildProcess(
      options.sluiced, ["audit"], environment: ["SLUICE_DATABASE_URL": database.conninfo],
      log: options.path("audit.log"))
    let exit = audit.wait()
    if exit != .status(0) { findings.add(.counts, "sluiced audit ended with \(exit); see audit.log") }
    return findings
  }

  private func tell(_ line: String) {
    // Not through a buffer: it tells how far the run is.
    FileHandle.standardOutput.write(Data("\(line)\n".utf8))
  }
}

extension Report {
  /// What the plan did.
  fileprivate mutating func add(_ stage: Stage, _ runner: PlanRunner) {
    killsOfServers = stage.servers.reduce(0) { $0 + $1.kills }
    killsOfServersAtCommit = runner.killedAtCommit
    killsOfPostgres = stage.postgres.crashes
    killsOfBackends = stage.postgres.backendKills
    killsOfClients = stage.lanes.reduce(0) { $0 + $1.kills }
    terminatedBackends = runner.terminated
    cuts = runner.cuts
    cutsBetweenCommitAndAnswer = runner.cutsAtCommit
    answersOfCommitWithheld = runner.answersWithheld
    stalls = runner.stalls
    postgresReadyToFirstCommit = Times(stage.postgres.firstCommits)
    killToReady = Times(stage.servers.flatMap(\.restarts))
  }

  /// What the producers and the database know.
  fileprivate mutating func add(_ lanes: [LaneModel], _ totals: StoreTotals) {
    reconnects = lanes.reduce(0) { $0 + $1.reconnects }
    resentBatches = lanes.reduce(0) { $0 + $1.resent }
    let told = lanes.flatMap(\.told.values)
    replays = told.count(where: \.isReplay)
    countsUnknown = told.count { $0.counts == nil }
    (batches, events) = (totals.batches, totals.received)
    (unique, duplicates, dead) = (totals.unique, totals.duplicate, totals.dead)
    eventsPerSecond = Int(Double(totals.received) / max(seconds, 0.001))
  }
}
