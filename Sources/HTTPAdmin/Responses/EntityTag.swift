import HTTPTypes
import WireProtocol

/// Names one version of some content (RFC 9110, section 8.8.3), so that a client need not take it again.
struct EntityTag: Hashable, Sendable {
  /// The value of an `ETag` field.
  let fieldValue: String

  /// The tag of `content`: a digest, so that all servers of one version give the same.
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
