import Foundation
import Synchronization

/// Replacement of the running database, and less durable commits for a while.
extension PostgresActor {
  /// Turns `synchronous_commit` off for `time`, so that commits are answered before they are durable, and
  /// then crashes the server.
  func relaxCommits(for time: Duration) {
    guard let (current, _) = beginChange() else { return }
    defer { endChange() }
    do {
      let diverged = Clock.nanoseconds
      try current.database.query("ALTER SYSTEM SET synchronous_commit = off")
      try current.database.query("SELECT pg_reload_conf()")
      state.withLock { $0.relaxations += 1 }
      Clock.sleep(time)
      crashNow(.kill)
      let isBack = Clock.wait(limit: .seconds(60)) {
        isReady && (try? current.database.query("ALTER SYSTEM RESET synchronous_commit")) != nil
      }
      // Servers that connected meanwhile announced less durable commits. The crash may have lost these
      // commits.
      note(LineageChange(diverged: diverged, switched: Clock.nanoseconds))
      guard isBack else { throw SystemFailure("the server did not come back") }
      try current.database.query("SELECT pg_reload_conf()")
    } catch {
      runLog.note("synchronous_commit was not changed as planned: \(error)")
    }
  }

  /// Sets the function that is called with the new cluster after each change.
  func onMove(_ body: @escaping @Sendable (Cluster) -> Void) {
    state.withLock { $0.onMove = body }
  }

  /// Begins a change, unless the database is unavailable or another change is under way.
  /// - Returns: The current cluster and the next one, whose directories exist; nil when no change began.
  ///   Otherwise the caller must call `endChange`.
  func beginChange() -> (source: Cluster, target: Cluster)? {
    let source: Cluster? = state.withLock { state in
      guard state.isReady, !state.isChanging, !state.isStopping else { return nil }
      state.isChanging = true
      return state.current
    }
    guard let source else { return nil }
    let target = Cluster(number: nextNumber(), in: directory)
    do {
      try makeDirectories(of: target)
    } catch {
      runLog.note("no change: \(error)")
      endChange()
      return nil
    }
    return (source, target)
  }

  func endChange() {
    state.withLock { $0.isChanging = false }
  }

  func note(_ change: LineageChange) {
    state.withLock { $0.changes.append(change) }
  }

  /// Makes `target` the current cluster: connections go to `target`, and the server of the former cluster is
  /// not started again.
  func moves(to target: Cluster) {
    let onMove = state.withLock { state in
      (state.current, state.child, state.isReady) = (target, nil, false)
      return state.onMove
    }
    onMove(target)
  }

  /// Ends the server of a former cluster.
  /// - Returns: The exit of the server; nil when the server did not end within 60 s.
  @discardableResult
  func endServer(of cluster: Cluster, _ signal: CInt) -> ChildProcess.Exit? {
    if let child = state.withLock({ $0.running[cluster.number] }) {
      let children = signal == SIGKILL ? Processes.children(of: child.pid) : []
      child.send(signal)
      for pid in children { kill(pid, SIGKILL) }
    }
    Clock.wait(limit: .seconds(60)) { state.withLock { $0.running[cluster.number] == nil } }
    return state.withLock { $0.exits[cluster.number] }
  }

  private func nextNumber() -> Int {
    state.withLock { state in
      state.made += 1
      return state.made
    }
  }
}
