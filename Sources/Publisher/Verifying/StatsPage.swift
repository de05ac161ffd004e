import Foundation

/// The server's HTTP resource `/stats`.
struct StatsPage: Sendable {
  private let request: PageRequest

  /// The resource below `base`, such as `http://127.0.0.1:8080`; nil when that is not an HTTP URL.
  init?(base: String, _ access: PageAccess = PageAccess()) {
    guard let request = PageRequest("/stats?fresh=1", below: base, access) else { return nil }
    self.request = request
  }

  /// Reads the present counters, also of other servers.
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

  /// Difference from `earlier`. A difference beyond 64 bits, which no true counters have, is clamped.
  func since(_ earlier: ServerCounts) -> ServerCounts {
    ServerCounts(
      received: received.clamped(minus: earlier.received),
      uniqueProcessed: uniqueProcessed.clamped(minus: earlier.uniqueProcessed),
      duplicateDropped: duplicateDropped.clamped(minus: earlier.duplicateDropped),
      dead: dead.clamped(minus: earlier.dead), conflicts: conflicts?.clamped(minus: earlier.conflicts ?? 0))
  }

  /// Whether every received event is unique, a duplicate or dead.
  var addsUp: Bool {
    let (known, isOver) = uniqueProcessed.addingReportingOverflow(duplicateDropped)
    let (sum, isBeyond) = known.addingReportingOverflow(dead)
    return !isOver && !isBeyond && sum == received
  }
}

extension Int64 {
  /// Returns the difference; the smallest or the largest number when it is beyond 64 bits.
  fileprivate func clamped(minus other: Int64) -> Int64 {
    let (difference, overflow) = subtractingReportingOverflow(other)
    return overflow ? (other > 0 ? .min : .max) : difference
  }
}
