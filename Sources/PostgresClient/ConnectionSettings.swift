/// Database to connect to, and the bounds of every wait for it.
public struct ConnectionSettings: Hashable, Sendable {
  /// A URL or keyword string as libpq reads it
  /// (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING). May hold a password:
  /// never logged.
  public var conninfo: String
  /// The schema of all tables.
  public var schema: String
  /// Longest time for one attempt to connect; less than 2 s counts as 2 s.
  public var connectTimeout: Duration
  /// Longest time until a new connection answers its first statement. A pooler takes a connection at once,
  /// and keeps its statements back until it has a connection to the server left.
  public var sessionTimeout: Duration
  /// `lock_timeout`: longest wait of a statement for a lock.
  public var lockTimeout: Duration
  /// `statement_timeout`: longest time that a statement may run.
  public var statementTimeout: Duration
  /// `idle_in_transaction_session_timeout`: longest time that a transaction may wait for its client.
  public var idleInTransactionTimeout: Duration
  /// Longest time without anything from the server while an answer is due; then the connection counts as
  /// lost. Longer than `statementTimeout`, so that a running server always answers first.
  public var answerTimeout: Duration
  /// `tcp_user_timeout`, and the idle time before the first keepalive; the three keepalives that may stay
  /// unanswered take about as long again. Set on both ends.
  public var peerTimeout: Duration

  /// Creates settings for the database that `conninfo` names, with the timeouts of the delivery rules.
  public init(conninfo: String, schema: String = "sluice") {
    self.conninfo = conninfo
    self.schema = schema
    self.connectTimeout = .seconds(5)
    self.sessionTimeout = .seconds(10)
    self.lockTimeout = .seconds(5)
    self.statementTimeout = .seconds(30)
    self.idleInTransactionTimeout = .seconds(10)
    self.answerTimeout = .seconds(40)
    self.peerTimeout = .seconds(10)
  }
}
