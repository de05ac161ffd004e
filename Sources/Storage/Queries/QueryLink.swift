internal import PostgresClient

/// Connection of a thread. It is made when a query needs it, and again when it was lost or is too old.
struct QueryLink {
  /// Time for which queries use one connection. Only a new connection shows which server the address leads
  /// to: after a failover an old connection may stay at the former primary, and answer from old data.
  private static let longestUse = Duration.seconds(30)

  private let settings: ConnectionSettings
  private var connection: PostgresConnection?
  private var madeAt = ContinuousClock.now

  init(_ settings: ConnectionSettings) {
    self.settings = settings
  }

  /// Runs statements that only read.
  ///
  /// A connection that was lost while it was idle is no reason to fail, so the statements run once more on a
  /// new connection.
  /// - Throws: The error of the statements, or of connecting.
  mutating func run<Value>(
    _ body: (PostgresConnection) throws(PostgresError) -> Value
  ) throws(PostgresError) -> Value {
    let now = ContinuousClock.now
    if now - madeAt >= Self.longestUse { connection = nil }
    let isFresh = connection == nil
    if isFresh { madeAt = now }
    do {
      return try attempt(body)
    } catch {
      guard error.isConnectionLost, !isFresh else { throw error }
      return try attempt(body)
    }
  }

  private mutating func attempt<Value>(
    _ body: (PostgresConnection) throws(PostgresError) -> Value
  ) throws(PostgresError) -> Value {
    let connection = if let idle = self.connection { idle } else { try PostgresConnection(settings) }
    self.connection = connection
    do {
      return try body(connection)
    } catch {
      // Dropped also after an error within a transaction, because the next query must not find it open.
      if error.isConnectionLost || connection.isBroken || connection.isInTransaction {
        self.connection = nil
      }
      throw error
    }
  }
}
