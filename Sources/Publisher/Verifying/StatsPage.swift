import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// The HTTP side's `/stats`.
struct StatsPage: Sendable {
  private let url: URL

  /// The page below `base`, such as `http://127.0.0.1:8080`; nil when that is no HTTP URL.
  init?(base: String) {
    guard let url = URL(string: base), let scheme = url.scheme?.lowercased(),
      ["http", "https"].contains(scheme),
      url.host != nil
    else { return nil }
    self.url = url.appendingPathComponent("stats")
  }

  /// The counters as they are now.
  func read() async throws(RunFailure) -> ServerCounts {
    var request = URLRequest(url: url, timeoutInterval: 10)
    request.setValue("application/json", forHTTPHeaderField: "Accept")
    do {
      let (body, response) = try await URLSession.shared.data(for: request)
      guard let http = response as? HTTPURLResponse, http.statusCode == 200 else {
        throw RunFailure(
          .differs, "GET \(url) answered \((response as? HTTPURLResponse)?.statusCode ?? 0), not 200")
      }
      return try JSONDecoder().decode(ServerCounts.self, from: body)
    } catch let failure as RunFailure {
      throw failure
    } catch {
      throw RunFailure(.differs, "GET \(url) failed: \(error)")
    }
  }
}
