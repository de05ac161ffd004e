import HTTPTypes
import Hummingbird
import NIOCore

/// Content that only changes with the version of the program, ready to be sent.
struct TaggedContent: Sendable {
  let type: ContentType
  /// Names this version of it.
  let tag: EntityTag
  private let content: ByteBuffer

  init(_ bytes: [UInt8], _ type: ContentType) {
    self.type = type
    self.tag = EntityTag(of: bytes)
    self.content = ByteBuffer(bytes: bytes)
  }

  /// The content, or that the client has it already. Its address says nothing about its version, so a cache
  /// has to ask each time, which costs it no more than an answer without content.
  func response(to request: Request, headers: HTTPFields = [:]) -> Response {
    var headers = headers
    headers[.eTag] = tag.fieldValue
    headers[.cacheControl] = "no-cache"
    guard !tag.isKnown(to: request.headers) else { return Response(status: .notModified, headers: headers) }
    return .content(content, type, headers: headers)
  }
}
