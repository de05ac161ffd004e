internal import Ingest

/// A page of `/events`: first which events, by the means that the database has for it, then their rows. All
/// in one snapshot, so that what is found is there, whatever is committed or deleted meanwhile.
struct EventSearch: Sendable {
  private let query: EventQuery
  private let limit: Int
  private let fetch: EventFetch

  /// A search whose payloads take `pageBytes` at most.
  init(_ query: EventQuery, pageBytes: Int) {
    self.query = query
    self.limit = min(max(query.limit, 1), 1_000)
    self.fetch = EventFetch(pageBytes: pageBytes)
  }

  /// Runs the search.
  func run(over connection: PostgresConnection) throws(PostgresError) -> EventPage {
    // No stored text holds U+0000, and Postgres would refuse to compare with it.
    let names = [query.topic, query.source, query.eventID, query.after?.eventID, query.after?.topic]
    guard !names.contains(where: { $0?.utf8.contains(0) ?? false }) else {
      return EventPage(events: [], hasMore: false)
    }
    let opening = try connection.pipeline([Self.begin, EventIndexChange.question])
    let index = EventIndexChange.index(in: opening.last)
    let skipped = min(max(query.offset, 0), 10_000)
    // One more than the page holds tells whether there is another one.
    let found = try find(skipped + limit + 1, by: index, over: connection).dropFirst(skipped)
    let fetched = try connection.pipeline([fetch.statement(found.prefix(limit)), Self.commit])
    let events = fetched.first?.storedEvents ?? []
    return EventPage(events: events, hasMore: found.count > events.count)
  }

  private static let begin = PostgresStatement("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
  private static let commit = PostgresStatement("COMMIT")

  private func find(
    _ count: Int, by index: EventIndex, over connection: PostgresConnection
  ) throws(PostgresError) -> [EventReference] {
    let filter = EventFilter(query)
    if query.eventID != nil {
      return try TimeWindows(filter).everything(count, over: connection)
    }
    switch index {
    case .spans:
      var search = SpanSearch(query, count: count, over: connection)
      return try search.run()
    case .btree:
      return try TopicIndex.find(count, filter, isOneTopic: query.topic != nil, over: connection)
    case .none:
      return try TimeWindows(filter).find(count, query, over: connection)
    }
  }
}
