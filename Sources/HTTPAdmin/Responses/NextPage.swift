import HTTPTypes
import Hummingbird

/// The way to the next page of a list, in the body as `next_cursor` and in the header as a link (RFC 8288),
/// which also answers without a place for it have.
struct NextPage: Sendable {
  /// The cursor; nil when this page is the last one.
  let cursor: String?
  /// The request for the next page.
  private let target: String?

  /// The page behind the one that `request` asked for.
  init(_ cursor: String?, after request: Request) {
    self.cursor = cursor
    self.target = cursor.map { cursor in
      let query = QueryParameters(request).encoded(without: ["cursor", "offset"])
      return request.uri.path + "?" + query.map { $0 + "&" }.joined() + "cursor=" + cursor
    }
  }

  /// The header field, where there is a next page.
  var fields: HTTPFields {
    target.map { [.link: "<\($0)>; rel=\"next\""] } ?? [:]
  }
}
