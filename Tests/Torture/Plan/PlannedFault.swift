/// One planned fault.
///
/// A fault names a server by its load at that moment, because a fault on the connections of a server without
/// connections would have no effect.
enum PlannedFault: Equatable {
  enum Server: Equatable { case busier, idler }
  enum Crash: Equatable { case kill, immediateShutdown }
  /// Place in the traffic between producer and server at which a connection is cut.
  enum IngestCut: Equatable {
    case beforeAcknowledgement(nth: Int)
    case sent(bytes: Int)
    case answered(bytes: Int)
    case everyConnection
  }
  /// Kind of replacement of the running database by another.
  enum Change: Equatable {
    /// An asynchronous standby is promoted after the primary was shut down cleanly. Nothing is lost.
    case standbyInStep
    /// An asynchronous standby that lacks the last commits is promoted after the primary was killed.
    case standbyBehind
    /// As `standbyBehind`, but the primary still runs for a while and keeps its connections.
    case standbyBehindLivingPrimary
    /// An older copy of the data directory replaces the database, on the same timeline.
    case copyPutBack
  }
  enum CommitCut: Equatable { case answerWithheld, requestPassed }

  /// SIGKILL to a server at once.
  case killServer(Server)
  /// SIGKILL to a server after Postgres has carried out its next COMMIT and before the answer reaches the
  /// server.
  case killServerAtCommit(Server)
  /// SIGKILL to every process of Postgres, or an immediate shutdown by SIGQUIT to the postmaster.
  case crashPostgres(Crash)
  /// SIGKILL to one backend. Then Postgres restarts all of its processes.
  case killBackend
  /// SIGKILL to the program of one producer.
  case killClient(worker: Int)
  case cutIngest(IngestCut)
  /// Cut of a connection to the database after `bytes` bytes towards the database or from it.
  case cutDatabase(isTowards: Bool, bytes: Int)
  case cutCommit(CommitCut)
  /// `pg_terminate_backend` on this number of the servers' connections.
  case terminateBackends(Int)
  /// Nothing passes between producers and the busier server for this time.
  case stallIngest(milliseconds: Int)
  /// Nothing passes between the busier server and the database for this time.
  case stallDatabase(milliseconds: Int)

  /// Replacement of the database. The old database still commits for this time after the new database
  /// received the last data.
  case changeLineage(Change, milliseconds: Int)
  /// `synchronous_commit` is turned off by a reload for this time, and then Postgres crashes.
  case relaxCommits(milliseconds: Int)

  /// Whether the fault may lose commits. Such a fault is not planned at the end of a run, because producers
  /// could not be told of the loss any more.
  var isChange: Bool {
    switch self {
    case .changeLineage, .relaxCommits: true
    default: false
    }
  }

  /// A kind of fault that recurs.
  struct Source {
    /// Mean time between two faults of this kind.
    let milliseconds: Int
    let make: @Sendable (_ random: inout Random64, _ workers: Int) -> PlannedFault
  }

  static let sources: [Source] = [
    Source(milliseconds: 5_200) { random, _ in .killServer(random.below(4) == 0 ? .idler : .busier) },
    Source(milliseconds: 12_000) { _, _ in .killServerAtCommit(.busier) },
    Source(milliseconds: 36_000) { random, _ in
      .crashPostgres(random.below(2) == 0 ? .kill : .immediateShutdown)
    },
    Source(milliseconds: 75_000) { _, _ in .killBackend },
    Source(milliseconds: 8_000) { random, workers in .killClient(worker: random.below(workers)) },
    Source(milliseconds: 750) { random, _ in .cutIngest(ingestCut(&random)) },
    Source(milliseconds: 4_000) { random, _ in
      .cutDatabase(isTowards: random.below(2) == 0, bytes: random.below(100_000))
    },
    Source(milliseconds: 2_500) { random, _ in
      .cutCommit(random.below(4) == 0 ? .requestPassed : .answerWithheld)
    },
    Source(milliseconds: 7_000) { random, _ in .terminateBackends(1 + random.below(3)) },
    Source(milliseconds: 30_000) { random, _ in .stallIngest(milliseconds: 100 + random.below(1_000)) },
    Source(milliseconds: 45_000) { random, _ in .stallDatabase(milliseconds: 100 + random.below(1_500)) },
    Source(milliseconds: 20_000) { random, _ in
      .changeLineage(changes[random.below(changes.count)], milliseconds: 200 + random.below(1_000))
    },
    Source(milliseconds: 50_000) { random, _ in .relaxCommits(milliseconds: 100 + random.below(900)) },
  ]

  private static let changes: [Change] = [
    .standbyInStep, .standbyBehind, .standbyBehindLivingPrimary, .copyPutBack,
  ]

  private static func ingestCut(_ random: inout Random64) -> IngestCut {
    switch random.below(10) {
    case 0..<4: .beforeAcknowledgement(nth: 1 + random.below(4))
    case 4..<7: .sent(bytes: random.below(150_000))
    case 7..<9: .answered(bytes: random.below(500))
    default: .everyConnection
    }
  }
}
