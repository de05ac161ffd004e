import HTTPTypes
import Hummingbird
import NIOCore
import Principals

/// The media type of an insert request, without its parameters.
enum InsertContent {
  /// Returns the type in lower case; "" without a `Content-Type` field.
  static func type(of request: Request) -> String {
    (request.headers[.contentType] ?? "").prefix { $0 != ";" }.trimmed.lowercased()
  }

  /// Whether the `Content-Type` field names no character set, or UTF-8.
  static func isUTF8(_ request: Request) -> Bool {
    let parameters = (request.headers[.contentType] ?? "").lowercased().split(separator: ";").dropFirst()
    let charset = parameters.lazy.map(\.trimmed).first { $0.hasPrefix("charset=") }?.dropFirst(
      "charset=".count)
    return ["utf-8", "\"utf-8\"", "utf8", "us-ascii", nil].contains(charset)
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
