/// What a writer does about a failed group, and how long it pauses before. Pure: errors, counts and
/// randomness in, decisions out.
struct RetryPolicy: Sendable {
  /// What an error asks for.
  enum Verdict: Hashable, Sendable {
    /// The connection is gone, the outcome unknown: again on a new connection, through the ledger.
    case reconnect
    /// Another transaction was in the way: again, with half the group.
    case contended
    /// As `contended`, after ending backends that hold locks for nobody.
    case blocked
    /// One event can never be stored: find it, and go on without it.
    case refused
    /// The environment is at fault, not the group: wait until it is mended.
    case wait
  }

  /// The longest pause before trying again after contention.
  var contentionCap: Duration = .milliseconds(500)
  /// The longest pause while the database is away: it bounds how late its return is noticed. To ask where
  /// nobody answers costs little.
  var absenceCap: Duration = .milliseconds(200)
  /// The longest pause while the database is there but at fault: each attempt costs it a transaction.
  var faultCap: Duration = .seconds(1)
  /// The first pause of either kind.
  var firstPause: Duration = .milliseconds(10)
  /// Rows that may be named by one error after the other, before a search by halves takes over.
  var namedRows = 8
  /// How often a batch alone in its group must have lost the connection before it can be blamed for that.
  var lossesAlone = 5
  /// For how long it must have lost each connection that it was alone on, before it can be blamed. A network
  /// or a database in trouble ends connections by the dozen, too, but lets one of the attempts through.
  var timeOfLosses: Duration = .seconds(30)

  /// What to do about `error`.
  static func verdict(on error: PostgresError) -> Verdict {
    if error.isConnectionLost { return .reconnect }
    switch error.state {
    case "40001", "40P01", "57014": return .contended
    case "55P03": return .blocked
    // A statement found that it runs on a standby: after a failover the same address may lead elsewhere.
    case "25006": return .reconnect
    default: return isDataError(error.state) ? .refused : .wait
    }
  }

  /// The closed list of states that blame a row. Everything else may be the environment's fault, for which
  /// no event may be given up.
  static func isDataError(_ state: SQLState) -> Bool {
    dataErrors.contains(state)
  }

  private static let dataErrors: Set<SQLState> = [
    "22001", "22003", "22008", "22021", "22026", "22P02", "22P05", "54000",
  ]

  /// Whether it is the batch that breaks connections, and nothing around it.
  func blames(_ losses: LossesAlone, at now: ContinuousClock.Instant) -> Bool {
    losses.count >= lossesAlone && losses.first.duration(to: now) >= timeOfLosses
  }

  /// The pause before attempt number `attempt` (from 1) to do the same thing again: it doubles up to its
  /// cap, and half of it is chance, so that those who failed together do not return together.
  func pause(
    before attempt: Int, verdict: Verdict, using generator: inout some RandomNumberGenerator
  ) -> Duration {
    precondition(attempt >= 1, "the first attempt to repeat is 1")
    let cap =
      switch verdict {
      case .contended, .blocked: contentionCap
      case .reconnect: absenceCap
      case .refused, .wait: faultCap
      }
    let doubled = firstPause * (1 << min(attempt - 1, 16))
    let full = min(cap, doubled)
    return full * Double.random(in: 0.5...1, using: &generator)
  }
}

extension PostgresError {
  /// The row of a COPY that the error names, counted from 1. The words of the context are translated by
  /// the server, its shape is not: "COPY table, line 3, column payload".
  var copyRow: Int? {
    guard let line = context?.split(separator: "\n").last(where: { $0.contains("COPY ") }) else {
      return nil
    }
    let number = line.drop { !$0.isWholeNumber }.prefix { $0.isWholeNumber }
    return Int(number)
  }
}
