import HTTPTypes
import Hummingbird

/// One method of one path: a value with what its handler needs, in a file of its own in `Routes/`.
///
/// A route reports failures by throwing `Problem`; HEAD, OPTIONS, 404, 405, common header fields
/// and unexpected errors are the business of `RouteTable`.
protocol Route: Sendable {
  /// The path, with names in braces for its variable segments: `/events/{topic}/{event_id}`.
  var path: String { get }
  /// The method.
  var method: HTTPRequest.Method { get }
  /// What `GET /` says about it, in a few words.
  var summary: String { get }

  /// Answers a request for this path and method.
  /// - Throws: `Problem`, or any other error for what should not happen (500).
  func respond(to request: Request, in context: AdminContext) async throws -> Response
}

extension Route {
  /// GET, unless the route says otherwise.
  var method: HTTPRequest.Method { .get }
}
