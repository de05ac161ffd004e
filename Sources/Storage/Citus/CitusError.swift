internal import PostgresClient

/// The errors of Citus in the words of Postgres.
enum CitusError {
  /// The state of an error that a worker sent during a COPY, whatever its state was there, and of most errors of Citus
  /// itself (`ReportCopyError` in Citus 13).
  private static let internalError: SQLState = "XX000"
  private static let uniqueViolation: SQLState = "23505"
  /// A state of the class "connection exception". Such an error never blames an event.
  private static let workerTrouble: SQLState = "08000"
  private static let uniqueViolationText = "duplicate key value violates unique constraint"

  /// Returns `error` with the state that Postgres would have given. An internal error is the trouble of a worker, because
  /// the coordinator checked each row before it sent the row.
  static func translated(_ error: PostgresError) -> PostgresError {
    guard error.state == internalError, !error.isConnectionLost else { return error }
    let isConflict = error.message.contains(uniqueViolationText)
    return PostgresError(
      state: isConflict ? uniqueViolation : workerTrouble, message: error.message, detail: error.detail,
      context: error.context, isConnectionLost: false)
  }
}
