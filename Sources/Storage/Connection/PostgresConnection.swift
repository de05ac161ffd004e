internal import CPostgres
internal import Glibc

/// One connection to Postgres over libpq.
///
/// Every call blocks its thread until the answer is there, but never without bound: after
/// `ConnectionSettings.answerTimeout` without a sign of life the connection counts as lost. It belongs to
/// the thread that made it.
///
/// A class and not a `~Copyable` value: the compiler keeps both on one thread (neither is Sendable), but
/// writers keep theirs in an optional property across reconnects and readers keep idle ones in an array,
/// which a value without copies can not do. It costs one allocation for each connection.
final class PostgresConnection {
  /// The handle of libpq, freed with this object.
  let handle: OpaquePointer
  /// What came with the last command besides its answer.
  let warnings = WarningLog()
  /// Bounds that it was opened with.
  let settings: ConnectionSettings

  /// Connects, and sets what every session of this program needs.
  /// - Throws: `PostgresError`, of which `isConnectionLost` says that no server could be reached.
  init(_ settings: ConnectionSettings) throws(PostgresError) {
    self.settings = settings
    guard let handle = Self.open(settings) else {
      throw PostgresError.lost("out of memory for a database connection")
    }
    self.handle = handle
    guard PQstatus(handle) == CONNECTION_OK else {
      // The instance is complete, so its deinit frees the handle.
      throw PostgresError(ofConnection: handle)
    }
    guard PQsetnonblocking(handle, 1) == 0 else { throw PostgresError(ofConnection: handle) }
    warnings.attach(to: handle)
    try execute(sessionStatements(settings))
  }

  deinit {
    PQfinish(handle)
  }

  /// The server's version, such as 150004 for 15.4.
  var serverVersion: Int { Int(PQserverVersion(handle)) }

  /// The process of this connection's backend.
  var backendPID: Int32 { PQbackendPID(handle) }

  /// Whether a transaction is open, failed or not.
  var isInTransaction: Bool {
    let status = PQtransactionStatus(handle)
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR || status == PQTRANS_ACTIVE
  }

  /// Whether libpq saw the connection break.
  var isBroken: Bool { PQstatus(handle) == CONNECTION_BAD }

  /// `name` as an identifier in a statement, quoted.
  func quoted(identifier name: String) throws(PostgresError) -> String {
    guard let text = PQescapeIdentifier(handle, name, name.utf8.count) else {
      throw PostgresError(ofConnection: handle)
    }
    defer { PQfreemem(text) }
    return String(cString: text)
  }

  /// Whether nobody answers there, or only to say that the server is starting or stopping: then a later
  /// attempt may succeed. Else what is wrong is the request: a password, a name, the address itself.
  static func isWorthWaiting(for settings: ConnectionSettings) -> Bool {
    withKeywords(settings) { keywords, values in
      let answer = PQpingParams(keywords, values, 1)
      return answer == PQPING_NO_RESPONSE || answer == PQPING_REJECT
    }
  }

  private static func open(_ settings: ConnectionSettings) -> OpaquePointer? {
    withKeywords(settings) { keywords, values in PQconnectdbParams(keywords, values, 1) }
  }

  /// What the connection string may say, this overrides: the later of two equal keywords wins.
  private static func withKeywords<Value>(
    _ settings: ConnectionSettings,
    _ body: ([UnsafePointer<CChar>?], [UnsafePointer<CChar>?]) -> Value
  ) -> Value {
    let peer = max(1, settings.peerTimeout.components.seconds)
    let parameters = [
      ("dbname", settings.conninfo),
      ("application_name", "sluice"),
      ("client_encoding", "UTF8"),
      ("connect_timeout", "\(max(2, settings.connectTimeout.components.seconds))"),
      ("keepalives", "1"),
      ("keepalives_idle", "\(peer)"),
      ("keepalives_interval", "\(max(1, peer / 3))"),
      ("keepalives_count", "3"),
      ("tcp_user_timeout", "\(settings.peerTimeout.milliseconds)"),
    ]
    let keywords = parameters.map { strdup($0.0) } + [nil]
    let values = parameters.map { strdup($0.1) } + [nil]
    defer { (keywords + values).forEach { free($0) } }
    return body(keywords.map { UnsafePointer($0) }, values.map { UnsafePointer($0) })
  }

  /// Of the planner, that it compiles nothing: by its estimates of BRIN indexes it would compile statements that
  /// take a few milliseconds.
  private func sessionStatements(_ settings: ConnectionSettings) throws(PostgresError) -> String {
    let peer = max(1, settings.peerTimeout.components.seconds)
    var statements = """
      SET search_path = \(try quoted(identifier: settings.schema));
      SET TimeZone = 'UTC';
      SET jit = off;
      SET client_min_messages = warning;
      SET lock_timeout = \(settings.lockTimeout.milliseconds);
      SET statement_timeout = \(settings.statementTimeout.milliseconds);
      SET idle_in_transaction_session_timeout = \(settings.idleInTransactionTimeout.milliseconds);
      SET tcp_keepalives_idle = \(peer);
      SET tcp_keepalives_interval = \(max(1, peer / 3));
      SET tcp_keepalives_count = 3;
      SET tcp_user_timeout = \(settings.peerTimeout.milliseconds)
      """
    if serverVersion >= 17_00_00 {
      // Several statements of `statement_timeout` each make a transaction; none needs this many.
      statements += "; SET transaction_timeout = \(settings.statementTimeout.milliseconds * 4)"
    }
    return statements
  }
}
