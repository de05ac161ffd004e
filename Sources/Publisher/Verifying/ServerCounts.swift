/// The counters of `GET /stats` that concern delivery: sums over all servers of one database, which survive
/// restarts.
struct ServerCounts: Decodable, Hashable, Sendable {
  var received: Int64
  var uniqueProcessed: Int64
  var duplicateDropped: Int64
  var dead: Int64
  /// Nil when the server does not look for conflicts.
  var conflicts: Int64?

  private enum CodingKeys: String, CodingKey {
    case received, dead, conflicts
    case uniqueProcessed = "unique_processed"
    case duplicateDropped = "duplicate_dropped"
  }

  /// What was added since `earlier`.
  func since(_ earlier: ServerCounts) -> ServerCounts {
    ServerCounts(
      received: received - earlier.received, uniqueProcessed: uniqueProcessed - earlier.uniqueProcessed,
      duplicateDropped: duplicateDropped - earlier.duplicateDropped, dead: dead - earlier.dead,
      conflicts: conflicts.map { $0 - (earlier.conflicts ?? 0) })
  }
}
