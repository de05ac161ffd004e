/// Bounds of reading from the database.
public struct QuerySettings: Hashable, Sendable {
  /// Number of threads for lists, each with its own connection: as many queries run at a time.
  public var threads = 2
  /// Number of threads for searches, each with its own connection.
  public var searchThreads = 2
  /// The time after which a search gives what it has found, and from where it goes on.
  public var searchTime: Duration = .milliseconds(250)
  /// Most queries that wait for a thread; another query is refused.
  public var waiting = 64
  /// Longest wait for a thread; then the query is refused.
  public var timeout: Duration = .seconds(5)
  /// Longest time that a query may run; then the database cancels it.
  public var statementTimeout: Duration = .seconds(5)
  /// Most payload bytes of a page of events. An event that is larger makes a page of its own.
  public var pageBytes = 8 << 20
  /// Greatest age of the names of topics that other servers store, and of the list of servers.
  public var namesAge: Duration = .seconds(2)
  /// Longest reading of the names of topics for which callers wait after this process stored a new topic. If the last
  /// reading took longer, the new topic is named later, as those of other servers are.
  public var newTopicTime: Duration = .seconds(1)
  /// Greatest age of the figures of topics. The pause between two readings is at least `topicsPause` times as
  /// long as a reading takes, so that they cost at most a few percent of a connection.
  public var topicsAge: Duration = .seconds(30)
  /// See `topicsAge`.
  public var topicsPause = 30

  /// Time for which the ledger keeps its rows. The live tail reads no older rows, because positions are valid
  /// for half of that time, and a tail that continues from an older position would have to be refused.
  public var ledgerKeep: Duration = .seconds(3_600)

  /// Creates the defaults of `spec/configuration.md`.
  public init() {}
}
