internal import Ingest
internal import PostgresClient
internal import StoreInterface

/// A page of `/events`. First the search finds which events belong to the page, by the index that the
/// database has; then it reads their rows. Both happen in one snapshot, so that every found event is there,
/// whatever is committed or deleted meanwhile.
struct EventSearch: Sendable {
  private let query: EventQuery
  private let limit: Int
  private let fetch: EventFetch

  /// Creates a search whose page holds at most `pageBytes` bytes of payloads.
  init(_ query: EventQuery, pageBytes: Int) {
    self.query = query
    self.limit = min(max(query.limit, 1), 1_000)
    precondition(pageBytes > 0, "a page has room for a payload")
    self.fetch = EventFetch(pageBytes: pageBytes)
  }

  /// Runs the search.
  func run(over connection: PostgresConnection) throws(PostgresError) -> EventPage {
    // No stored text holds U+0000, and Postgres would refuse to compare with it.
    let names = [query.topic, query.source, query.eventID, query.after?.eventID, query.after?.topic]
    guard !names.contains(where: { $0?.utf8.contains(0) ?? false }) else {
      return EventPage(events: [], hasMore: false)
    }
    var opening = StatementList()
    opening.add(Self.begin)
    let current = opening.add(EventIndexChange.query)
    let index = try connection.pipeline(opening)[current]
    let skipped = min(max(query.offset, 0), 10_000)
    // One more event than the page holds tells whether there is another page.
    let found = try find(skipped + limit + 1, by: index, over: connection).dropFirst(skipped)
    var closing = StatementList()
    let fetched = closing.add(fetch.query(found.prefix(limit)))
    closing.add(Self.commit)
    let events = try connection.pipeline(closing)[fetched]
    assert(events.count <= limit, "not more events than the page may hold")
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
