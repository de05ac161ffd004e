import HTTPTypes
import Hummingbird
import NIOCore
internal import TextFormats
import WireProtocol

/// Content that changes only with the version of the program.
struct TaggedContent: Sendable {
  let type: ContentType
  /// The identifier of this version.
  let tag: EntityTag
  private let content: ByteBuffer

  init(_ bytes: [UInt8], _ type: ContentType) {
    self.type = type
    self.tag = EntityTag(of: bytes)
    self.content = ByteBuffer(bytes: bytes)
  }

  /// Returns the content, or 304 when the client has this version. The path of the content does not depend on
  /// the version, so caches must revalidate each time (`no-cache`).
  func response(to request: Request, headers: HTTPFields = [:]) -> Response {
    var headers = headers
    headers[.eTag] = tag.fieldValue
    headers[.cacheControl] = "no-cache"
    guard !tag.isKnown(to: request.headers) else { return Response(status: .notModified, headers: headers) }
    return .content(content, type, headers: headers)
  }
}

/// The identifier of one version of some content (RFC 9110, section 8.8.3), for conditional requests.
struct EntityTag: Hashable, Sendable {
  /// The value of an `ETag` field.
  let fieldValue: String

  /// Creates the tag of `content`. It is a digest, so that all servers of one version send the same tag.
  init(of content: [UInt8]) {
    let digest = PageCursor.bytes(of: Digest64.digest(of: content.span.bytes))
    fieldValue = "\"" + Base64.urlText(digest) + "\""
  }

  /// Whether the client that sent `fields` has this version (RFC 9110, section 13.1.2).
  func isKnown(to fields: HTTPFields) -> Bool {
    fields[values: .ifNoneMatch].contains { value in
      value.split(separator: ",").contains { element in
        let tag = element.trimmed
        return tag == "*" || (tag.hasPrefix("W/") ? tag.dropFirst(2) : tag) == fieldValue
      }
    }
  }
}
