import HTTPTypes
import Hummingbird
import Ingest

/// The reference to the next page of a list: `next_cursor` in the body, and a link in the header (RFC 8288)
/// for all forms of answers.
struct NextPage: Sendable {
  /// The cursor; nil when this page is the last one.
  let cursor: String?
  /// Path and query of the request for the next page.
  private let target: String?

  /// Creates the reference to the page after the one that `request` asked for.
  init(_ cursor: String?, after request: Request) {
    self.cursor = cursor
    self.target = cursor.map { cursor in
      let query = QueryParameters(request).encoded(without: ["cursor", "offset"])
      return request.uri.path + "?" + query.map { $0 + "&" }.joined() + "cursor=" + cursor
    }
  }

  /// The `Link` field; empty when there is no next page.
  var fields: HTTPFields {
    target.map { [.link: "<\($0)>; rel=\"next\""] } ?? [:]
  }
}

/// Parameters that all lists share.
extension QueryParameters {
  /// Range of the page size.
  static let pageLimits = 1...1000

  /// Returns the page size; 100 by default.
  /// - Throws: a 422 problem when the value is not a number within `pageLimits`.
  func pageLimit() throws(Problem) -> Int {
    try integer("limit", in: Self.pageLimits) ?? 100
  }

  /// Returns the position that `cursor` gives in the list of `query`; nil without a cursor.
  /// - Parameter place: Reads the fields of the cursor; nil when they do not belong to this list.
  /// - Throws: a 422 problem when the value is not a cursor of this query.
  func cursor<Place>(
    for query: String, _ place: (PageCursor) -> Place?
  ) throws(Problem) -> Place? {
    guard let text = try value("cursor") else { return nil }
    guard let place = PageCursor(text, for: query).flatMap(place) else {
      throw .badParameter("cursor", "It is not the next_cursor of a request with these parameters.")
    }
    return place
  }
}

extension MemoryBudget {
  /// Reserves `bytes` for a page from reading until it is sent.
  /// - Throws: a 503 problem when the pages that wait for their clients leave no room.
  func reservePage(_ bytes: Int) throws(Problem) -> MemoryReservation {
    guard reserve(bytes) else { throw .tooManyAnswers }
    return MemoryReservation(adopting: bytes, of: self)
  }
}
