import HTTPTypes
import Hummingbird

extension Response {
  /// Creates an answer of one JSON text.
  static func json(
    _ value: some JSONWritable, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
  ) -> Response {
    var writer = JSONWriter()
    writer.value(value)
    writer.endLine()
    return content(writer.takeBuffer(), .json, status: status, headers: headers)
  }

  /// Creates an answer that is complete in memory.
  static func content(
    _ buffer: ByteBuffer, _ type: ContentType, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
  ) -> Response {
    var headers = headers
    headers[.contentType] = type.fieldValue
    return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: buffer))
  }

  /// The answer to HEAD: the same header fields, with the length of the body if it is known.
  /// (`createHeadResponse` would send the length 0 for an unknown one.)
  var withoutBody: Response {
    Response(status: status, headers: headers, body: ResponseBody { try await $0.finish(nil) })
  }
}

extension Problem {
  /// Returns the answer that shows this problem.
  func response() -> Response {
    var writer = JSONWriter()
    writer.value(self)
    writer.endLine()
    return .content(writer.takeBuffer(), .problem, status: status, headers: headers)
  }
}

extension Request {
  /// Returns the content type for the answer, out of the types of the resource.
  /// - Throws: a 406 problem when the client accepts none of them.
  func negotiated(_ offers: [ContentType]) throws(Problem) -> ContentType {
    guard let choice = AcceptHeader(headers).best(of: offers) else { throw .notAcceptable(offers: offers) }
    return choice
  }
}
