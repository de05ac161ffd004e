internal import Ingest
internal import PostgresClient
internal import StoreInterface

extension QueryError {
  /// The queue of queries is full.
  static let crowded = QueryError("too many queries wait for the database", isTransient: true)
  /// No thread was free in time.
  static let waitedTooLong = QueryError("the database is busy with other queries", isTransient: true)
  /// The caller cancelled its task.
  static let cancelled = QueryError("the query was cancelled", isTransient: true)
  /// The server is shutting down.
  static let closed = QueryError("the server is shutting down", isTransient: true)

  /// Translates an error of the database for the caller of a query.
  init(_ error: PostgresError) {
    if error.isConnectionLost {
      self.init("the database cannot be reached: \(error.message)", isTransient: true)
    } else if error.state == "57014" {
      self.init("the query took too long; narrow it", isTransient: true)
    } else {
      // Class 53: the server is short of memory, disk or connections.
      self.init("the database refused the query: \(error)", isTransient: error.state.group == "53")
    }
  }
}
