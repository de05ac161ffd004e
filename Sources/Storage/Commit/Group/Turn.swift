internal import Base
internal import Ingest
internal import PostgresClient
internal import StoreInterface

/// The turn of a group among the groups of all servers that store the same keys.
///
/// Two servers with common keys would abort each other again and again: whoever sends a key second waits for the other
/// transaction and fails. So writers that were overtaken by another server take turns. In its turn a group sees every
/// key that the groups before it stored, and so its lookup is final.
///
/// A turn is an advisory lock that ends with its transaction. Exactness does not depend on it. A writer that waits too
/// long goes on without a turn.
struct Turn {
  /// The longest wait for a turn. It is long enough for the groups of several servers. A server that stops in its turn
  /// holds up the others for this time.
  static let timeout = Duration.seconds(1)

  /// The statement that waits for the turn and takes it until the end of the transaction. The class of the advisory lock
  /// is "turn", its object is the table `store`.
  static func lock(of tables: StoreIdentity.Tables) -> String {
    "SELECT pg_advisory_xact_lock(\(0x7475_726E as Int32), \(Int32(truncatingIfNeeded: tables.store)))"
  }

  private let session: WriterConnection
  private let timeout: Duration

  /// - Parameter timeout: The longest wait.
  init(over session: WriterConnection, timeout: Duration) {
    self.session = session
    self.timeout = timeout
  }

  /// Begins a transaction and waits for its turn.
  /// - Returns: False when the wait was too long. Then the transaction has failed, and the caller rolls it back.
  func begin(_ isolation: TransactionIsolation) throws(PostgresError) -> Bool {
    precondition(
      isolation == .readCommitted, "a snapshot from before the turn would not see what others stored")
    do throws(PostgresError) {
      try session.connection.execute(
        """
        \(isolation.begin); SET LOCAL lock_timeout = \(timeout.wholeMilliseconds);
        \(Self.lock(of: session.identity.tables));
        SET LOCAL lock_timeout = \(session.lockTimeout.wholeMilliseconds)
        """)
      return true
    } catch {
      guard error.state == Self.lockNotAvailable, !error.isConnectionLost else { throw error }
      return false
    }
  }

  private static let lockNotAvailable: SQLState = "55P03"
}
