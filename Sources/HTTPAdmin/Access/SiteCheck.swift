import HTTPTypes
import Hummingbird
import Principals

/// Refuses requests that change something and that a browser sends for a page of another site.
///
/// Browsers send `Origin` with such requests (Fetch standard, "Origin header"). A page of any site can post a form
/// to a server on the reader's own machine, without reading the answer.
struct SiteCheck: RouterMiddleware {
  typealias Context = AdminContext

  /// The origins whose pages may use this server.
  let origins: PageOrigins
  /// The log of refusals; nil for a server without credentials.
  let log: SecurityLog?

  private static let harmless: Set<HTTPRequest.Method> = [.get, .head, .options, .trace]

  func handle(
    _ request: Request, context: AdminContext, next: (Request, AdminContext) async throws -> Response
  ) async throws -> Response {
    if !Self.harmless.contains(request.method), let origin = request.headers[.origin],
      !origins.permit(origin, host: request.head.authority)
    {
      log?.refused(
        .site, "a page of another site sent a request that changes something",
        address: context.channel.remoteAddress?.ipAddress)
      throw Problem.foreignOrigin
    }
    return try await next(request, context)
  }
}
