import HTTPTypes
import Hummingbird

extension Response {
  /// An answer that is one JSON text.
  static func json(
    _ value: some JSONWritable, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
  ) -> Response {
    var writer = JSONWriter()
    writer.value(value)
    writer.endLine()
    return content(writer.takeBuffer(), .json, status: status, headers: headers)
  }

  /// An answer that is complete in memory.
  static func content(
    _ buffer: ByteBuffer, _ type: ContentType, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
  ) -> Response {
    var headers = headers
    headers[.contentType] = type.fieldValue
    return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: buffer))
  }

  /// The same header fields, as HEAD wants them: with the length that the body would have, where it is
  /// known. (`createHeadResponse` says 0 where it is not.)
  var withoutBody: Response {
    Response(status: status, headers: headers, body: ResponseBody { try await $0.finish(nil) })
  }
}

extension Problem {
  /// The answer that tells this problem.
  func response() -> Response {
    var writer = JSONWriter()
    writer.value(self)
    writer.endLine()
    return .content(writer.takeBuffer(), .problem, status: status, headers: headers)
  }
}

extension Request {
  /// The type to answer with, out of those that the resource can be.
  /// - Throws: a 406 problem when the client wants none of them.
  func negotiated(_ offers: [ContentType]) throws(Problem) -> ContentType {
    guard let choice = AcceptHeader(headers).best(of: offers) else { throw .notAcceptable(offers: offers) }
    return choice
  }
}
