import HTTPTypes
import Hummingbird

/// Puts the header fields on every answer that keep browsers from doing more with it than they should.
struct CommonFields: RouterMiddleware {
  typealias Context = AdminContext

  /// Everything comes from this server and nothing is inline (W3C Content Security Policy, level 3); text never
  /// becomes elements or code (Trusted Types), and no page of others frames one of these.
  static let contentSecurityPolicy = [
    "default-src 'self'", "object-src 'none'", "base-uri 'none'", "form-action 'self'",
    "frame-ancestors 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'",
  ].joined(separator: "; ")

  func handle(
    _ request: Request, context: AdminContext, next: (Request, AdminContext) async throws -> Response
  ) async throws -> Response {
    var response = try await next(request, context)
    response.headers[.xContentTypeOptions] = "nosniff"
    response.headers[.contentSecurityPolicy] = Self.contentSecurityPolicy
    response.headers[.frameOptions] = "DENY"
    response.headers[.referrerPolicy] = "no-referrer"
    // Every answer is a snapshot of something that moves.
    if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
    return response
  }
}
