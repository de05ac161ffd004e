import HTTPTypes
import Hummingbird

/// Puts the header fields on every answer that keep browsers from doing more with it than they should.
struct CommonFields: RouterMiddleware {
  typealias Context = AdminContext

  func handle(
    _ request: Request, context: AdminContext, next: (Request, AdminContext) async throws -> Response
  ) async throws -> Response {
    var response = try await next(request, context)
    response.headers[.xContentTypeOptions] = "nosniff"
    response.headers[.contentSecurityPolicy] = "default-src 'self'"
    response.headers[.frameOptions] = "DENY"
    response.headers[.referrerPolicy] = "no-referrer"
    // Every answer is a snapshot of something that moves.
    if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
    return response
  }
}
