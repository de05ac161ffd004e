import Synchronization

/// How many answers the HTTP side gave since the process started, by status: also those to requests that it
/// refused, and to what was no request at all.
final class AnswerCounts: Sendable {
  /// The statuses that are told apart; others count together.
  static let statuses = [
    200, 202, 204, 304, 400, 404, 405, 406, 408, 410, 413, 415, 422, 431, 500, 501, 503,
  ]

  private let counts = Mutex<[Int: Int]>([:])

  /// Counts an answer.
  func add(_ status: Int) {
    counts.withLock { $0[status, default: 0] += 1 }
  }

  /// The counts by status.
  func snapshot() -> [Int: Int] { counts.withLock { $0 } }
}
