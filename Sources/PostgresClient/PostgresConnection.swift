internal import Base
internal import CPostgres
internal import Glibc

/// One connection to Postgres over libpq.
///
/// Every call blocks its thread until the answer has arrived. After `ConnectionSettings.answerTimeout`
/// without anything from the server the connection counts as lost. A connection belongs to the thread that
/// made it.
///
/// A class and not a `~Copyable` value. The compiler keeps both on one thread, because neither is Sendable.
/// But writers keep their connection in an optional property across reconnects, and readers keep idle
/// connections in an array, which noncopyable values do not support. The class costs one allocation for each
/// connection.
package final class PostgresConnection {
  /// The handle of libpq, freed with this object.
  package let handle: OpaquePointer
  /// Warnings that arrived with the last command.
  package let warnings = WarningLog()
  /// Settings with which the connection was opened.
  package let settings: ConnectionSettings
  /// Whether the server has answered the first statements.
  package private(set) var isReady = false

  /// Connects, and runs the `SET` statements of a new session.
  /// - Throws: `PostgresError`. Its `isConnectionLost` is true when no server could be reached.
  package init(_ settings: ConnectionSettings) throws(PostgresError) {
    precondition(settings.answerTimeout > .zero, "a connection without time for an answer is always lost")
    self.settings = settings
    guard let handle = Self.open(settings) else {
      throw PostgresError.lost("out of memory for a database connection")
    }
    self.handle = handle
    guard PQstatus(handle) == CONNECTION_OK else {
      // All properties are set, so the deinit runs and frees the handle.
      throw PostgresError(ofConnection: handle)
    }
    guard PQsetnonblocking(handle, 1) == 0 else { throw PostgresError(ofConnection: handle) }
    warnings.attach(to: handle)
    try execute(sessionStatements(settings))
    isReady = true
  }

  deinit {
    PQfinish(handle)
  }

  /// Version of the server as a number, such as 150004 for 15.4.
  package var serverVersion: Int { Int(PQserverVersion(handle)) }

  /// Process id of this connection's backend.
  package var backendPID: Int32 { PQbackendPID(handle) }

  /// Whether a transaction is open, failed or not.
  package var isInTransaction: Bool {
    let status = PQtransactionStatus(handle)
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR || status == PQTRANS_ACTIVE
  }

  /// Whether libpq saw the connection break.
  package var isBroken: Bool { PQstatus(handle) == CONNECTION_BAD }

  /// Returns `name`, quoted as an identifier of a statement.
  package func quoted(identifier name: String) throws(PostgresError) -> String {
    guard let text = PQescapeIdentifier(handle, name, name.utf8.count) else {
      throw PostgresError(ofConnection: handle)
    }
    defer { PQfreemem(text) }
    return String(cString: text)
  }

  /// Whether a later attempt may succeed: no server answers there, or a server answers that it is starting or
  /// stopping. False when the request is wrong: a password, a name or the address.
  package static func isWorthWaiting(for settings: ConnectionSettings) -> Bool {
    withKeywords(settings) { keywords, values in
      let answer = PQpingParams(keywords, values, 1)
      return answer == PQPING_NO_RESPONSE || answer == PQPING_REJECT
    }
  }

  private static func open(_ settings: ConnectionSettings) -> OpaquePointer? {
    withKeywords(settings) { keywords, values in PQconnectdbParams(keywords, values, 1) }
  }

  /// Calls `body` with the keywords of the connection. They override the connection string, because libpq
  /// takes the later of two equal keywords.
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
      ("tcp_user_timeout", "\(settings.peerTimeout.wholeMilliseconds)"),
    ]
    let keywords = parameters.map { strdup($0.0) } + [nil]
    let values = parameters.map { strdup($0.1) } + [nil]
    defer { (keywords + values).forEach { free($0) } }
    return body(keywords.map { UnsafePointer($0) }, values.map { UnsafePointer($0) })
  }

  /// Returns the `SET` statements of a new session. JIT is off, because the cost estimates of BRIN indexes
  /// are so high that Postgres would compile statements that run for only a few milliseconds. There are
  /// no parallel workers, because a search with them would take several processors from the writers.
  private func sessionStatements(_ settings: ConnectionSettings) throws(PostgresError) -> String {
    let peer = max(1, settings.peerTimeout.components.seconds)
    var statements = """
      SET search_path = \(try quoted(identifier: settings.schema));
      SET TimeZone = 'UTC';
      SET jit = off;
      SET max_parallel_workers_per_gather = 0;
      SET client_min_messages = warning;
      SET lock_timeout = \(settings.lockTimeout.wholeMilliseconds);
      SET statement_timeout = \(settings.statementTimeout.wholeMilliseconds);
      SET idle_in_transaction_session_timeout = \(settings.idleInTransactionTimeout.wholeMilliseconds);
      SET tcp_keepalives_idle = \(peer);
      SET tcp_keepalives_interval = \(max(1, peer / 3));
      SET tcp_keepalives_count = 3;
      SET tcp_user_timeout = \(settings.peerTimeout.wholeMilliseconds)
      """
    if serverVersion >= 17_00_00 {
      // A transaction may hold several statements, each with its own `statement_timeout`. None holds four
      // long ones, so four times that timeout is enough.
      statements += "; SET transaction_timeout = \(settings.statementTimeout.wholeMilliseconds * 4)"
    }
    return statements
  }
}
