/// A thread's connection, made when it is needed and again when it was lost.
struct QueryLink {
  private let settings: ConnectionSettings
  private var connection: PostgresConnection?

  init(_ settings: ConnectionSettings) {
    self.settings = settings
  }

  /// Runs statements that only read.
  ///
  /// A connection that was lost while it lay idle is no news, so they run once more on a new one.
  /// - Throws: The error of the statements, or of connecting.
  mutating func run<Value>(
    _ body: (PostgresConnection) throws(PostgresError) -> Value
  ) throws(PostgresError) -> Value {
    let isFresh = connection == nil
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
      // Also after an error in a transaction: the next query must not find it open.
      if error.isConnectionLost || connection.isBroken || connection.isInTransaction {
        self.connection = nil
      }
      throw error
    }
  }
}
