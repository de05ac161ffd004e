internal import Ingest
internal import PostgresClient
internal import StoreInterface

/// A page of `/events`. First the search finds which events belong to the page, by the index that the
/// database has and within its budget; then it reads their rows. Both happen in one snapshot, so that every found
/// event is there, whatever is committed or deleted meanwhile.
struct EventSearch: Sendable {
  private let query: EventQuery
  private let limit: Int
  private let skipped: Int
  private let fetch: EventFetch
  private let budget: SearchBudget
  private let pace: SearchPace

  /// Creates a search.
  /// - Parameters:
  ///   - pageBytes: The most payload bytes of the page.
  ///   - time: The time after which the search gives what it has found.
  ///   - pace: The pauses beside commits.
  init(_ query: EventQuery, pageBytes: Int, time: Duration, pace: SearchPace) {
    self.pace = pace
    self.query = query
    limit = min(max(query.limit, 1), 1_000)
    skipped = min(max(query.offset, 0), 10_000)
    precondition(pageBytes > 0, "a page has room for a payload")
    fetch = EventFetch(pageBytes: pageBytes)
    budget = SearchBudget(time)
  }

  /// Runs the search.
  func run(over connection: PostgresConnection) throws(PostgresError) -> EventPage {
    // No stored text holds U+0000, and Postgres would refuse to compare with it.
    let texts = query.filter.texts + [query.after?.eventID, query.after?.topic].compactMap(\.self)
    guard !texts.contains(where: { $0.utf8.contains(0) }) else { return EventPage(last: []) }
    var opening = StatementList()
    opening.add(SearchTransaction.begin)
    let current = opening.add(EventTable.query)
    let table = try connection.pipeline(opening)[current]
    // One more event than the page holds tells whether there is another page.
    let found = try find(skipped + limit + 1, in: table, of: SearchTransaction(connection: connection))
    var closing = StatementList()
    let fetched = closing.add(fetch.query(found.events.dropFirst(skipped).prefix(limit), from: table))
    closing.add(SearchTransaction.commit)
    return page(found, try connection.pipeline(closing)[fetched])
  }

  /// Returns the page of the events that were read out of those that were found.
  private func page(_ found: SearchFindings, _ events: [StoredEvent]) -> EventPage {
    assert(events.count <= limit, "not more events than the page may hold")
    var next = query
    if let last = events.last, found.events.count > skipped + events.count {
      let position = query.position(of: last)
      next.after = position
      next.from = nil
      next.width = nil
      next.offset = 0
      return EventPage(events: events, next: next, searchedUntil: position.timestamp)
    }
    guard let time = found.continuation else { return EventPage(last: events) }
    next.after = nil
    next.from = time
    next.width = found.width
    next.offset = max(0, skipped - found.events.count)
    return EventPage(events: events, next: next, searchedUntil: query.isDescending ? time + 1 : time)
  }

  private func find(
    _ count: Int, in table: EventTable, of transaction: SearchTransaction
  ) throws(PostgresError) -> SearchFindings {
    let conditions = EventConditions(query)
    if query.eventID != nil {
      // By the primary key.
      let events = try transaction.connection.query(conditions.query(first: count))
      return SearchFindings(events: events, continuation: nil)
    }
    switch table.index {
    case .spans where query.clock == .eventTime:
      var search = try SpanSearch(query, count: count, table, in: transaction, pace: pace)
      return try search.run(within: budget)
    case .btree where query.clock == .eventTime && TopicIndex.hasOrder(of: query.filter):
      let events = try TopicIndex.find(
        count, conditions, isOneTopic: query.topic != nil, over: transaction.connection)
      return SearchFindings(events: events, continuation: nil)
    case .spans, .btree, .none:
      let search = SliceSearch(query, count: count, table, in: transaction, pace: pace)
      return try search.run(within: budget)
    }
  }
}
