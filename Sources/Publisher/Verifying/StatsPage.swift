import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// The server's HTTP resource `/stats`.
struct StatsPage: Sendable {
  private let url: URL

  /// The resource below `base`, such as `http://127.0.0.1:8080`; nil when that is not an HTTP URL.
  init?(base: String) {
    guard let url = URL(string: base), let scheme = url.scheme?.lowercased(),
      ["http", "https"].contains(scheme),
      url.host != nil
    else { return nil }
    self.url = url.appendingPathComponent("stats")
  }

  /// Reads the present counters.
  func read() async throws(RunFailure) -> ServerCounts {
    var request = URLRequest(url: url, timeoutInterval: 10)
    request.setValue("application/json", forHTTPHeaderField: "Accept")
    do {
      let (body, response) = try await URLSession.shared.data(for: request)
      guard let http = response as? HTTPURLResponse, http.statusCode == 200 else {
        let status = (response as? HTTPURLResponse)?.statusCode ?? 0
        throw unreadable("the answer has status \(status), not 200")
      }
      return try JSONDecoder().decode(ServerCounts.self, from: body)
    } catch let failure as RunFailure {
      throw failure
    } catch is DecodingError {
      throw unreadable("the answer is not the counters of a Sluice server")
    } catch let error as URLError where error.code == .cannotConnectToHost {
      throw unreadable("nothing answers there")
    } catch let error as URLError where error.code == .timedOut {
      throw unreadable("there was no answer in 10 s")
    } catch {
      throw unreadable(error.localizedDescription)
    }
  }

  private func unreadable(_ reason: String) -> RunFailure {
    RunFailure(
      .unreachable, "cannot verify with \(url): \(reason); --verify takes the server's HTTP address")
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
