import HTTPTypes
import Hummingbird
import Principals

/// Refuses requests that change something and that a browser sends for a page of another site.
///
/// Browsers send `Origin` with such requests (Fetch standard, "Origin header"). A page of any site can post a form
/// to a server on the reader's own machine, without reading the answer.
struct SiteCheck: RouterMiddleware {
  typealias Context = AdminContext

  /// The origins whose pages may use this server (`http.cors.origins`).
  let origins: Set<String>
  /// Whether the server speaks TLS itself, so that its own pages have the scheme `https`.
  let isEncrypted: Bool
  /// The log of refusals; nil for a server without credentials.
  let log: SecurityLog?

  private static let harmless: Set<HTTPRequest.Method> = [.get, .head, .options, .trace]

  func handle(
    _ request: Request, context: AdminContext, next: (Request, AdminContext) async throws -> Response
  ) async throws -> Response {
    if !Self.harmless.contains(request.method), let origin = request.headers[.origin],
      !isPermitted(origin, host: request.head.authority)
    {
      log?.refused(
        .site, "a page of another site sent a request that changes something",
        address: context.channel.remoteAddress?.ipAddress)
      throw Problem.foreignOrigin
    }
    return try await next(request, context)
  }

  /// Returns whether the origin is the page's own, whose host is the one of the request, or configured. A server
  /// without TLS of its own accepts both schemes, because a proxy may add TLS.
  private func isPermitted(_ origin: String, host: String?) -> Bool {
    if origins.contains(origin) { return true }
    let schemes = isEncrypted ? ["https://"] : ["http://", "https://"]
    guard let host, let scheme = schemes.first(where: origin.hasPrefix) else { return false }
    return origin.dropFirst(scheme.count).lowercased() == host.lowercased()
  }
}
