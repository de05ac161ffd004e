import HTTPTypes
import Hummingbird
import NIOCore
import Principals

/// One method of one path, in a file in `Routes/`.
///
/// A route reports errors by throwing `Problem`. `RouteTable` implements HEAD, OPTIONS, 404, 405, common
/// header fields and unexpected errors.
protocol Route: Sendable {
  /// The path, with its variable segments in braces: `/events/{topic}/{event_id}`.
  var path: String { get }
  /// The method.
  var method: HTTPRequest.Method { get }
  /// Who may use the route.
  var access: RouteAccess { get }
  /// The short description in `GET /`.
  var summary: String { get }

  /// Answers a request for this path and method.
  /// - Throws: `Problem`; any other error is answered with 500.
  func respond(to request: Request, in context: AdminContext) async throws -> Response
}

extension Route {
  /// GET by default.
  var method: HTTPRequest.Method { .get }
}

/// The context of a request.
struct AdminContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  /// The connection of the request.
  let channel: any Channel
  /// The login of the sender; nil on an open route, and on a server without credentials.
  var login: Login?

  init(source: ApplicationRequestContextSource) {
    self.coreContext = CoreRequestContextStorage(source: source)
    self.channel = source.channel
  }
}

extension AdminContext {
  /// Returns the path segment `name` as a topic, source or event id.
  /// - Throws: a 400 problem when the segment cannot be decoded, a 404 problem when no name can have its
  ///   length.
  func pathName(_ name: String) throws(Problem) -> String {
    let text: String
    do {
      text = try PercentDecoding.decode(Substring(parameters.get(name) ?? ""), plusIsSpace: false)
    } catch {
      throw .malformedParameter(name, error.sentence)
    }
    guard (1...255).contains(text.unicodeScalars.count) else { throw .noSuchEvent }
    return text
  }
}
