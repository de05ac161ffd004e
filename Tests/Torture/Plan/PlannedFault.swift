/// One thing that goes wrong.
///
/// Servers are meant by what they do at that moment, not by name: a fault on connections where there are none
/// would be no fault.
enum PlannedFault: Equatable {
  enum Server: Equatable { case busier, idler }
  enum Crash: Equatable { case kill, immediateShutdown }
  /// Where in what a producer and a server say to each other a connection is cut.
  enum IngestCut: Equatable {
    case beforeAcknowledgement(nth: Int)
    case sent(bytes: Int)
    case answered(bytes: Int)
    case everyConnection
  }
  enum CommitCut: Equatable { case answerWithheld, requestPassed }

  /// SIGKILL, at this moment.
  case killServer(Server)
  /// SIGKILL, when its next COMMIT was carried out and it does not know yet.
  case killServerAtCommit(Server)
  /// Every process of the database's server, or its first one told to leave everything.
  case crashPostgres(Crash)
  /// SIGKILL to one backend, at which the database's server restarts all of them.
  case killBackend
  /// SIGKILL to the program of one producer.
  case killClient(lane: Int)
  case cutIngest(IngestCut)
  /// A connection to the database, after so many bytes towards it or from it.
  case cutDatabase(isTowards: Bool, bytes: Int)
  case cutCommit(CommitCut)
  /// `pg_terminate_backend` on so many connections of the servers.
  case terminateBackends(Int)
  /// Nothing passes between producers and servers for so long.
  case stallIngest(milliseconds: Int)
  /// Nothing passes between a server and the database for so long.
  case stallDatabase(milliseconds: Int)

  /// A sort of faults that comes again and again.
  struct Source {
    /// The mean time between two.
    let milliseconds: Int
    let make: @Sendable (_ random: inout Random64, _ lanes: Int) -> PlannedFault
  }

  static let sources: [Source] = [
    Source(milliseconds: 5_200) { random, _ in .killServer(random.below(4) == 0 ? .idler : .busier) },
    Source(milliseconds: 12_000) { _, _ in .killServerAtCommit(.busier) },
    Source(milliseconds: 36_000) { random, _ in
      .crashPostgres(random.below(2) == 0 ? .kill : .immediateShutdown)
    },
    Source(milliseconds: 75_000) { _, _ in .killBackend },
    Source(milliseconds: 8_000) { random, lanes in .killClient(lane: random.below(lanes)) },
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
