import Foundation

/// The server's HTTP resource `/stats`.
struct StatsPage: Sendable {
  private let request: PageRequest

  /// The resource below `base`, such as `http://127.0.0.1:8080`; nil when that is not an HTTP URL.
  init?(base: String, _ access: PageAccess = PageAccess()) {
    guard let request = PageRequest("/stats", below: base, access) else { return nil }
    self.request = request
  }

  /// Reads the present counters.
  func read() async throws(RunFailure) -> ServerCounts {
    let answer: PageRequest.Answer
    do throws(PageError) {
      answer = try await request.answer()
    } catch {
      throw unreadable(error.reason)
    }
    guard answer.status == 200 else { throw unreadable(Self.reason(of: answer.status)) }
    guard let counts = try? JSONDecoder().decode(ServerCounts.self, from: answer.body) else {
      throw unreadable("the answer is not the counters of a Sluice server that this key may read")
    }
    return counts
  }

  private static func reason(of status: Int) -> String {
    switch status {
    case 401: "the server asks for a key with the role read, and got none that it knows (status 401)"
    case 403: "the key lacks the role read (status 403)"
    default: "the answer has status \(status), not 200"
    }
  }

  private func unreadable(_ reason: String) -> RunFailure {
    RunFailure(
      .unreachable, "cannot verify with \(request.url): \(reason); --verify takes the server's HTTP address")
  }
}

/// Counters of `GET /stats` about deliveries: sums over all servers of one database, which survive
/// restarts.
struct ServerCounts: Decodable, Hashable, Sendable {
  var received: Int64
  var uniqueProcessed: Int64
  var duplicateDropped: Int64
  var dead: Int64
  /// Nil when the server does not count conflicts.
  var conflicts: Int64?

  private enum CodingKeys: String, CodingKey {
    case received, dead, conflicts
    case uniqueProcessed = "unique_processed"
    case duplicateDropped = "duplicate_dropped"
  }

  /// Difference from `earlier`.
  func since(_ earlier: ServerCounts) -> ServerCounts {
    ServerCounts(
      received: received - earlier.received, uniqueProcessed: uniqueProcessed - earlier.uniqueProcessed,
      duplicateDropped: duplicateDropped - earlier.duplicateDropped, dead: dead - earlier.dead,
      conflicts: conflicts.map { $0 - (earlier.conflicts ?? 0) })
  }
}
