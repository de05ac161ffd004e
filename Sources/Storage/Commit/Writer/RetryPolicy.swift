internal import PostgresClient

/// The rules by which a writer retries a failed group, and how long it pauses before. Pure: errors, counts
/// and randomness in, decisions out.
struct RetryPolicy: Sendable {
  /// The reaction to an error.
  enum Decision: Hashable, Sendable {
    /// The connection is lost and the outcome is unknown: the group runs again on a new connection, and the
    /// ledger tells whether it was committed.
    case reconnect
    /// Another transaction blocked the group: its halves run again.
    case contended
    /// Like `contended`, after ending orphaned backends that hold locks.
    case blocked
    /// An event can never be stored: the writer finds it, and the group runs again without it.
    case refused
    /// The environment is at fault, not the group: the writer waits until the environment is repaired.
    case wait
  }

  /// Maximum pause before a retry after contention.
  var contentionCap: Duration = .milliseconds(500)
  /// Maximum pause while the database is unavailable, and so the maximum delay until its return is noticed.
  /// It is short because connecting to an unavailable database costs little.
  var absenceCap: Duration = .milliseconds(200)
  /// Maximum pause while the database is available but at fault. It is longer because each attempt costs the
  /// database a transaction.
  var faultCap: Duration = .seconds(1)
  /// The first pause, for every decision.
  var firstPause: Duration = .milliseconds(10)
  /// Time for which a backend may hold locks and receive nothing from its client. Then another writer that
  /// waits for it ends the backend. A COPY may take longer, as long as it receives bytes.
  var orphanAge: Duration = .seconds(5)
  /// Maximum number of refused rows that are found by the row that an error names. Further rows are found by
  /// a search by halves.
  var namedRows = 8
  /// Time for which a batch must fail before it is set aside alone, so that other batches go on.
  var timeAlone: Duration = .seconds(5)
  /// The first and the maximum pause between two trials of a batch that is set aside.
  var trialPauses: ClosedRange<Duration> = .milliseconds(200) ... .seconds(5)
  /// Number of failures, while its control succeeds, after which a batch that is set aside may be blamed.
  var failuresAlone = 5
  /// Time that must have passed since the first of these failures before the batch is blamed.
  var timeOfFailures: Duration = .seconds(30)

  /// The reaction to `error`.
  static func decision(on error: PostgresError) -> Decision {
    if error.isConnectionLost { return .reconnect }
    switch error.state {
    case "40001", "40P01", "57014": return .contended
    case "55P03": return .blocked
    // A statement runs on a standby. A new connection may reach the new primary, because after a failover the
    // same address may lead to another server.
    case "25006": return .reconnect
    default: return isDataError(error.state) ? .refused : .wait
    }
  }

  /// Whether `state` is in the closed list of states that blame a row. Every other state may be the
  /// environment's fault, for which no event may be given up.
  static func isDataError(_ state: SQLState) -> Bool {
    dataErrors.contains(state)
  }

  private static let dataErrors: Set<SQLState> = [
    "22001", "22003", "22008", "22021", "22026", "22P02", "22P05", "54000",
  ]

  /// Whether another commit strategy may succeed where `error` was the answer: it is an error that nobody knows, which
  /// describes neither a row, nor another transaction, nor the state of the server.
  static func mayDependOnStrategy(_ error: PostgresError) -> Bool {
    decision(on: error) == .wait && error.state != .none && !serverStates.contains(String(error.state.group))
  }

  /// Classes of states that describe the server, whatever the statement is: no connection, no resources, an operator or
  /// a device that fails.
  private static let serverStates: Set<String> = ["08", "53", "57", "58"]

  /// Whether an event or batch may be given up for `error`, if everything else is committed. Errors that
  /// describe the environment never blame an event, because they may depend on chance and size.
  static func mayBlame(_ error: PostgresError) -> Bool {
    // The batch is not the cause of a loss that the server announced (an administrator, a shutdown).
    if error.isConnectionLost { return error.state == .none }
    if error.state == "53200" { return true }
    return !surroundings.contains(String(error.state.group)) && !damages.contains(error.state)
  }

  /// Classes of states that describe the environment: no connection, no permission, another transaction, a
  /// missing table or column, no resources, a server that is not ready, an operator or a device that fails.
  private static let surroundings: Set<String> = [
    "", "08", "0A", "25", "26", "28", "3D", "3F", "40", "42", "53", "55", "57", "58", "F0",
  ]
  /// Damaged tables and indexes.
  private static let damages: Set<SQLState> = ["XX001", "XX002"]

  /// Whether `evidence` is enough to blame the batch and not its environment.
  func blames(_ evidence: RepeatedFailures, at now: ContinuousClock.Instant) -> Bool {
    evidence.count >= failuresAlone && evidence.first.duration(to: now) >= timeOfFailures
  }

  /// The pause before the next trial of a batch that is set aside, after `trials` trials.
  func trialPause(after trials: Int) -> Duration {
    precondition(trials >= 0, "a number of trials")
    return min(trialPauses.upperBound, trialPauses.lowerBound * (1 << min(trials, 16)))
  }

  /// The pause before attempt number `attempt` (from 1) to do the same thing again. It doubles up to its
  /// maximum, and half of it is random, so that writers that failed together do not retry together.
  func pause(
    before attempt: Int, decision: Decision, using generator: inout some RandomNumberGenerator
  ) -> Duration {
    precondition(attempt >= 1, "the first attempt to repeat is 1")
    let cap =
      switch decision {
      case .contended, .blocked: contentionCap
      case .reconnect: absenceCap
      case .refused, .wait: faultCap
      }
    let doubled = firstPause * (1 << min(attempt - 1, 16))
    let full = min(cap, doubled)
    assert(full >= .zero && full <= cap, "a pause is bounded by its cap")
    return full * Double.random(in: 0.5...1, using: &generator)
  }
}
