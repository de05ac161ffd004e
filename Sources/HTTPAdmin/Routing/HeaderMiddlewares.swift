import HTTPTypes
import Hummingbird

/// Adds header fields to all answers that restrict what browsers may do with them.
struct SecurityHeadersMiddleware: RouterMiddleware {
  typealias Context = AdminContext

  /// All content must come from this server, none of it inline (W3C Content Security Policy, level 3). Text
  /// cannot become elements or code (Trusted Types), and other sites cannot frame these pages.
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
    // Every answer is a snapshot of changing data.
    if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
    return response
  }
}

/// Allows web pages of the configured origins to read answers (Fetch standard, "CORS protocol").
struct CrossOrigin: RouterMiddleware {
  typealias Context = AdminContext

  /// The origins in the form of the `Origin` field: `https://example.org`.
  let origins: Set<String>

  private static let requestFields =
    "Accept, Authorization, Content-Type, Idempotency-Key, Last-Event-ID, Prefer"
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

extension HTTPField.Name {
  /// Defined in the IETF draft "The Idempotency-Key HTTP Header Field".
  static let idempotencyKey = known("Idempotency-Key")
  /// Defined in WHATWG HTML, "Server-sent events".
  static let lastEventID = known("Last-Event-ID")
  /// Defined in RFC 7240.
  static let prefer = known("Prefer")
  /// Defined in RFC 7240.
  static let preferenceApplied = known("Preference-Applied")
  /// Defined in RFC 8288.
  static let link = known("Link")
  /// Defined in W3C Referrer Policy.
  static let referrerPolicy = known("Referrer-Policy")
  /// Defined in RFC 7034.
  static let frameOptions = known("X-Frame-Options")

  private static func known(_ name: StaticString) -> HTTPField.Name {
    guard let field = HTTPField.Name("\(name)") else { preconditionFailure("\(name) is not a field name") }
    return field
  }
}
