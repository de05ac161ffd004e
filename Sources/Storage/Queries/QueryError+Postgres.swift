internal import Ingest

extension QueryError {
  /// As many queries wait as may.
  static let crowded = QueryError("too many queries wait for the database", isTransient: true)
  /// No thread was free in time.
  static let waitedTooLong = QueryError("the database is busy with other queries", isTransient: true)
  /// The one who asked went away.
  static let cancelled = QueryError("the query was cancelled", isTransient: true)
  /// The server is going down.
  static let closed = QueryError("the server is shutting down", isTransient: true)

  /// What an error of the database means to the one who asked.
  init(_ error: PostgresError) {
    if error.isConnectionLost {
      self.init("the database can not be reached: \(error.message)", isTransient: true)
    } else if error.state == "57014" {
      self.init("the query took too long; narrow it", isTransient: true)
    } else {
      // Class 53: the server is short of memory, disk or connections.
      self.init("the database refused the query: \(error)", isTransient: error.state.group == "53")
    }
  }
}
