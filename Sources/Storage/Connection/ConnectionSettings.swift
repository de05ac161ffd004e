/// Which database to connect to, and the bounds of every wait on it.
public struct ConnectionSettings: Hashable, Sendable {
  /// A URL or keyword string as libpq reads it
  /// (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING). May hold a password:
  /// never logged.
  public var conninfo: String
  /// The schema of all tables.
  public var schema: String
  /// How long one attempt to connect may take, at least 2 s.
  public var connectTimeout: Duration
  /// `lock_timeout`: how long a statement waits for a lock.
  public var lockTimeout: Duration
  /// `statement_timeout`: how long a statement may run.
  public var statementTimeout: Duration
  /// `idle_in_transaction_session_timeout`: how long a transaction may wait for its client.
  public var idleInTransactionTimeout: Duration
  /// How long to wait for a sign of life while an answer is due, after which the connection counts as
  /// lost. Longer than `statementTimeout`, so that a living server always answers first.
  public var answerTimeout: Duration
  /// `tcp_user_timeout` and the time after which keepalives give up, on both ends.
  public var peerTimeout: Duration

  /// The bounds of the delivery rules for the database that `conninfo` names.
  public init(conninfo: String, schema: String = "sluice") {
    self.conninfo = conninfo
    self.schema = schema
    self.connectTimeout = .seconds(5)
    self.lockTimeout = .seconds(5)
    self.statementTimeout = .seconds(30)
    self.idleInTransactionTimeout = .seconds(10)
    self.answerTimeout = .seconds(40)
    self.peerTimeout = .seconds(10)
  }
}

extension Duration {
  /// Whole milliseconds, rounded down.
  var milliseconds: Int64 {
    components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
  }
}
