/// The bounds of reading from the database.
public struct QuerySettings: Hashable, Sendable {
  /// Threads, each with its own connection: queries that run at a time.
  public var threads = 2
  /// Queries that wait for a thread; another one is refused.
  public var waiting = 64
  /// How long a query may wait for a thread.
  public var patience: Duration = .seconds(5)
  /// How long one may run.
  public var statementTimeout: Duration = .seconds(5)
  /// Payload bytes of a page of events. One that is larger by itself makes a page alone.
  public var pageBytes = 8 << 20
  /// How old the names and figures of topics may be. Between two looks at them there is always
  /// `topicsPause` times as long as one takes, so that they cost at most a few percent of a connection.
  public var topicsAge: Duration = .seconds(30)
  /// See `topicsAge`.
  public var topicsPause = 30

  /// The defaults of `spec/configuration.md`.
  public init() {}
}
