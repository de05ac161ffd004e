import Foundation

/// Replaces the running database with another: a promoted standby, or an older copy.
struct LineageChanger: Sendable {
  let postgres: PostgresActor
  let log: RunLog

  /// Time for which an old primary that is not killed runs beside the new one.
  private static let lifeOfOldPrimary = Duration.seconds(6)

  /// Blocks the thread until the change is over. Does nothing while another change is under way or the
  /// database is unavailable.
  /// - Parameter pause: Time for which the old database still commits after the new database received the
  ///   last data. These commits are lost.
  func perform(_ change: PlannedFault.Change, pause: Duration) {
    guard let (source, target) = postgres.beginChange() else { return }
    defer { postgres.endChange() }
    do {
      switch change {
      case .copyPutBack: try putBackCopy(of: source, target, pause)
      case .standbyInStep: try promoteInStep(source, target)
      case .standbyBehind: try promoteBehind(source, target, pause, isPrimaryKilled: true)
      case .standbyBehindLivingPrimary: try promoteBehind(source, target, pause, isPrimaryKilled: false)
      }
      try? FileManager.default.removeItem(atPath: source.data)
      log.note("changed: \(change), now \(target.data)")
    } catch {
      log.note("not changed: \(change): \(error)")
    }
  }

  /// Continues the same timeline from an earlier state. No identifier of Postgres shows this change.
  private func putBackCopy(of source: Cluster, _ target: Cluster, _ pause: Duration) throws {
    let diverged = Clock.nanoseconds
    try copy(source, to: target, ["--wal-method=stream"])
    Clock.sleep(pause)
    postgres.moves(to: target)
    postgres.endServer(of: source, SIGKILL)
    postgres.note(LineageChange(diverged: diverged, switched: Clock.nanoseconds))
    postgres.run(target)
  }

  /// Performs a planned switchover: the primary ends once the standby has everything.
  private func promoteInStep(_ source: Cluster, _ target: Cluster) throws {
    let standby = try startStandby(target, of: source)
    do {
      let fence = try awaitStreamed(from: source, to: target)
      postgres.moves(to: target)
      let exit = postgres.endServer(of: source, SIGINT)
      let diverged = exit == .status(0) ? nil : fence
      postgres.note(LineageChange(diverged: diverged, switched: Clock.nanoseconds))
    } catch {
      abandon(standby)
      throw error
    }
    postgres.run(target, adopting: standby)
    try promote(target)
  }

  /// Performs a failover to an asynchronous standby that the last commits did not reach.
  private func promoteBehind(
    _ source: Cluster, _ target: Cluster, _ pause: Duration, isPrimaryKilled: Bool
  ) throws {
    let standby = try startStandby(target, of: source)
    let diverged: Int64
    do {
      diverged = try awaitStreamed(from: source, to: target)
      try target.database.query("ALTER SYSTEM SET primary_conninfo = ''")
      try target.database.query("SELECT pg_reload_conf()")
      try awaitTrue("SELECT count(*) = 0 FROM pg_stat_wal_receiver", target, "the standby follows on")
      Clock.sleep(pause)
      if !isPrimaryKilled { try promote(target) }
    } catch {
      abandon(standby)
      throw error
    }
    postgres.moves(to: target)
    if isPrimaryKilled {
      postgres.endServer(of: source, SIGKILL)
      postgres.note(LineageChange(diverged: diverged, switched: Clock.nanoseconds))
      postgres.run(target, adopting: standby)
      try promote(target)
    } else {
      // Connections to the old primary stay open, and the old primary still commits their batches.
      postgres.note(LineageChange(diverged: diverged, switched: Clock.nanoseconds))
      postgres.run(target, adopting: standby)
      Clock.sleep(Self.lifeOfOldPrimary)
      postgres.endServer(of: source, SIGKILL)
    }
  }

  private func startStandby(_ target: Cluster, of source: Cluster) throws -> ChildProcess {
    try copy(source, to: target, ["--wal-method=stream", "--write-recovery-conf"])
    let standby = try postgres.spawnServer(of: target)
    guard Clock.wait(limit: .seconds(30), { target.database.isReady }) else {
      abandon(standby)
      throw SystemFailure("the standby did not start")
    }
    return standby
  }

  private func copy(_ source: Cluster, to target: Cluster, _ arguments: [String]) throws {
    let database = ["-h", source.socketDirectory, "-U", "sluice", "-D", target.data]
    let copied = try postgres.spawn(
      "pg_basebackup", database + ["--checkpoint=fast", "--no-sync"] + arguments)
    let exit = copied.wait()
    guard exit == .status(0) else { throw SystemFailure("pg_basebackup ended with \(exit)") }
  }

  /// Waits until the standby has received the current log of `source`.
  /// - Returns: A time. Everything that was committed before this time has reached the standby.
  private func awaitStreamed(from source: Cluster, to standby: Cluster) throws -> Int64 {
    let time = Clock.nanoseconds
    let rows = try source.database.query("SELECT pg_current_wal_flush_lsn()")
    guard let position = rows.first?.first ?? nil else { throw SystemFailure("no position of the log") }
    try awaitTrue(
      "SELECT coalesce(pg_last_wal_receive_lsn() >= '\(position)', false)", standby, "the standby is behind")
    return time
  }

  private func awaitTrue(_ query: String, _ cluster: Cluster, _ failure: String) throws {
    var isTrue = false
    let end = ContinuousClock.now + .seconds(30)
    try cluster.database.poll(query) { rows in
      isTrue = rows == [["t"]]
      Clock.sleep(.milliseconds(5))
      return !isTrue && ContinuousClock.now < end
    }
    guard isTrue else { throw SystemFailure(failure) }
  }

  private func promote(_ target: Cluster) throws {
    let rows = try target.database.query("SELECT pg_promote(true, 60)")
    guard rows == [["t"]] else { throw SystemFailure("the standby was not promoted") }
  }

  private func abandon(_ standby: ChildProcess) {
    // SIGINT is a fast shutdown, which also ends the standby's child processes.
    standby.send(SIGINT)
    _ = standby.wait()
  }
}
