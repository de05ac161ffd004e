import Ingest

/// Everything that one scrape shows.
struct Scrape: Sendable {
  /// This process.
  let status: ServerStatus
  /// The counters of the database; nil when it did not tell them in time.
  let totals: StoreTotals?
  /// The version of the server.
  let version: String
  /// The answers of the HTTP side so far, by status.
  var answers: [Int: Int] = [:]
  /// Who follows the live tail.
  var subscribers = 0
}
