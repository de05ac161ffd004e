import HTTPTypes
import Hummingbird

/// Lets pages of some origins read answers in a browser (Fetch standard, "CORS protocol"); all others can not.
struct CrossOrigin: RouterMiddleware {
  typealias Context = AdminContext

  /// The origins, as browsers write them: `https://example.org`.
  let origins: Set<String>

  private static let requestFields = "Accept, Content-Type, Idempotency-Key, Last-Event-ID, Prefer"
  private static let answerFields = "Link, Preference-Applied, Retry-After"

  func handle(
    _ request: Request, context: AdminContext, next: (Request, AdminContext) async throws -> Response
  ) async throws -> Response {
    var response = try await next(request, context)
    guard !origins.isEmpty else { return response }
    response.headers[.vary] = response.headers[.vary].map { $0 + ", Origin" } ?? "Origin"
    guard let origin = request.headers[.origin], origins.contains(origin) else { return response }
    response.headers[.accessControlAllowOrigin] = origin
    response.headers[.accessControlExposeHeaders] = Self.answerFields
    if request.method == .options, request.headers[.accessControlRequestMethod] != nil {
      response.headers[.accessControlAllowMethods] = response.headers[.allow]
      response.headers[.accessControlAllowHeaders] = Self.requestFields
      response.headers[.accessControlMaxAge] = "600"
    }
    return response
  }
}
