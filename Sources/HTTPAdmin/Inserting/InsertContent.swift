import HTTPTypes
import Hummingbird
import NIOCore
import Principals

/// The media type of an insert request.
enum InsertContent {
  /// Returns the type without its parameters, in lower case; "" without a well-formed `Content-Type` field.
  static func type(of request: Request) -> String { mediaType(of: request)?.name ?? "" }

  /// Returns the type with its parameters; nil without a well-formed `Content-Type` field.
  static func mediaType(of request: Request) -> MediaType? {
    request.headers[.contentType].flatMap { MediaType(field: $0) }
  }

  /// Checks the type of a request.
  /// - Throws: 415 when it is none of `types`.
  static func check(_ request: Request, isOneOf types: [String]) throws(Problem) {
    guard types.contains(type(of: request)) else { throw .unsupportedInsertType(types) }
  }
}

extension Response {
  /// Creates an answer of bytes.
  static func bytes(
    _ bytes: [UInt8], type: String, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
  ) -> Response {
    var headers = headers
    headers[.contentType] = type
    return Response(
      status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }
}

/// Answers in the form of a format, errors included.
protocol InsertRoute: Route {
  /// Answers a request.
  func insert(_ request: Request, in context: AdminContext) async throws -> Response
  /// Returns the answer of the format to a failed request.
  func answer(to problem: Problem, _ request: Request) -> Response
}

extension InsertRoute {
  /// POST for all formats.
  var method: HTTPRequest.Method { .post }
  /// The role of publishing for all formats.
  var access: RouteAccess { .role(.publish) }

  func respond(to request: Request, in context: AdminContext) async throws -> Response {
    do {
      return try await insert(request, in: context)
    } catch let problem as Problem {
      return answer(to: problem, request)
    }
  }
}
