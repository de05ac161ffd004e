import Ingest

/// The parameters that all lists share.
extension QueryParameters {
  /// The bounds of a page's length.
  static let pageLimits = 1...1000

  /// How many entries a page has.
  /// - Throws: a 422 problem when it is no number within `pageLimits`.
  func pageLimit() throws(Problem) -> Int {
    try integer("limit", in: Self.pageLimits) ?? 100
  }

  /// The place that `cursor` names in the list of `query`; nil when there is no cursor.
  /// - Parameter place: Reads the cursor's fields; nil when they are not those of this list.
  /// - Throws: a 422 problem when it is no cursor of this query.
  func cursor<Place>(
    for query: String, _ place: (PageCursor) -> Place?
  ) throws(Problem) -> Place? {
    guard let text = try value("cursor") else { return nil }
    guard let place = PageCursor(text, for: query).flatMap(place) else {
      throw .badParameter("cursor", "It is not the next_cursor of a request with these parameters.")
    }
    return place
  }

  /// The value of `name` as a moment.
  /// - Throws: as `value`, and a 422 problem when it is no time.
  func time(_ name: String) throws(Problem) -> Int64? {
    guard let text = try value(name) else { return nil }
    guard let time = TimestampReader.read(Array(text.utf8)) else {
      throw .badParameter(
        name,
        "It must be a time such as 2026-01-02T03:04:05Z or 2026-01-02T03:04:05%2B01:00, where %2B stands for +."
      )
    }
    return time.microseconds
  }
}
