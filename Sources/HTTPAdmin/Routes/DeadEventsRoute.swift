import Hummingbird
import Ingest
import Principals
internal import StoreInterface
internal import TextFormats
import WireProtocol

/// `GET /dead`: events that cannot be stored, with the reason.
struct DeadEventsRoute: Route {
  let path = "/dead"
  let access = RouteAccess.role(.admin)
  let summary =
    "dead events with their reasons: topic (or prefix*), source, reason, producer, since, until, republished, order, "
    + "limit, cursor"
  let queries: any EventQueries
  /// The memory for the pages of all requests.
  let memory: MemoryBudget

  func respond(to request: Request, in context: AdminContext) async throws -> Response {
    _ = try request.negotiated([.json])
    let parameters = QueryParameters(request)
    let ignored = try DeadEventRequest.known.ignored(in: parameters)
    let wanted = try DeadEventRequest(parameters, now: .now, permitted: context.permittedTopics)
    let page = try await queries.deadEvents(wanted.query)
    let reserved = try memory.reservePage(page.events.reduce(0) { $0 + 512 + 3 * $1.bytes.count })
    defer { withExtendedLifetime(reserved) {} }
    let next = NextPage(page.next.map(wanted.cursor), after: request)
    return .json(
      DeadEventPageAnswer(events: page.events, limit: wanted.query.limit, next: next, ignored: ignored),
      headers: next.fields)
  }
}

/// The parameters of `GET /dead`.
struct DeadEventRequest {
  private enum Republished: String, CaseIterable {
    case no = "false"
    case yes = "true"
    case any
  }

  /// The parameters that select dead events and order them.
  private static let selecting = [
    "topic", "source", "reason", "producer", "since", "until", "republished", "order",
  ]
  /// The names of the parameters.
  static let known = KnownParameters(selecting + ["limit", "cursor"])

  /// The query.
  let query: DeadEventQuery
  /// The identity of the query, for its cursors: all parameters except the page size, as they were sent. The times of
  /// relative bounds are in the cursor, so that all pages have the same bounds.
  private let scope: String

  /// Reads the parameters.
  /// - Throws: a problem that names the bad parameter.
  init(_ parameters: QueryParameters, now: UTCTime, permitted: PermittedTopics?) throws(Problem) {
    var query = DeadEventQuery(limit: try parameters.pageLimit())
    if let topic = try parameters.eventName("topic") { query.topics = EventFilter.Topics(pattern: topic) }
    query.permitted = permitted
    query.source = try parameters.eventName("source")
    query.reason = try parameters.choice("reason", of: DeadReason.self)?.rawValue
    query.producer = try Self.producer(parameters)
    query.since = try parameters.time("since", now: now)
    query.until = try parameters.time("until", now: now)
    switch try parameters.choice("republished", of: Republished.self) ?? .no {
    case .no: query.republished = false
    case .yes: query.republished = true
    case .any: query.republished = nil
    }
    query.order = try parameters.choice("order", of: EventQuery.Order.self) ?? .newestFirst
    var scope = "dead"
    for name in Self.selecting {
      // No value contains U+0000, so it separates the values.
      scope += "\0" + (try parameters.value(name).map { "\(name)=\($0)" } ?? "")
    }
    self.scope = scope
    if let place = try parameters.cursor(for: scope, { DeadEventCursor($0) }) {
      (query.after, query.since, query.until) = (place.after, place.since, place.until)
    }
    self.query = query
  }

  /// Returns the cursor of the page after `place`.
  func cursor(after place: DeadEventPlace) -> String {
    DeadEventCursor(after: place, since: query.since, until: query.until).cursor.text(for: scope)
  }

  private static func producer(_ parameters: QueryParameters) throws(Problem) -> ProducerID? {
    guard let text = try parameters.value("producer") else { return nil }
    guard let producer = ProducerID(text) else {
      throw .badParameter("producer", "It must be a UUID such as 018f4d2a-0c5e-7cc1-9f7b-2a6d3f1e5b90.")
    }
    return producer
  }
}

/// The place after which a page begins, and the bounds of the query that were relative.
private struct DeadEventCursor {
  let after: DeadEventPlace
  let since: Int64?
  let until: Int64?

  init(after: DeadEventPlace, since: Int64?, until: Int64?) {
    self.after = after
    self.since = since
    self.until = until
  }

  /// Reads a cursor of `/dead`; nil when `cursor` is not one.
  init?(_ cursor: PageCursor) {
    guard cursor.fields.count == 4, let batchID = cursor.number(0, as: Int64.self),
      let position = cursor.number(1, as: Int64.self),
      cursor.fields[2...].allSatisfy({ $0.isEmpty || $0.count == MemoryLayout<Int64>.size })
    else { return nil }
    self.init(
      after: DeadEventPlace(batchID: batchID, position: Int(position)), since: cursor.number(2),
      until: cursor.number(3))
  }

  var cursor: PageCursor {
    PageCursor(
      [PageCursor.bytes(of: after.batchID), PageCursor.bytes(of: Int64(after.position))]
        + [since, until].map { $0.map { PageCursor.bytes(of: $0) } ?? [] })
  }
}

/// The answer of `GET /dead`.
private struct DeadEventPageAnswer: JSONWritable {
  let events: [StoredDeadEvent]
  let limit: Int
  let next: NextPage
  let ignored: [String]

  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("dead_events", events)
      writer.member("count", events.count)
      writer.member("limit", limit)
      writer.member("next_cursor", next.cursor)
      if !ignored.isEmpty { writer.member("ignored_parameters", ignored) }
    }
  }
}

extension StoredDeadEvent: JSONWritable {
  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("dead_id", place.description)
      writer.member("reason", reason)
      writer.member("detail", detail)
      writer.member("producer", producer.description)
      writer.member("sequence", sequence)
      writer.member("position", place.position)
      writer.member("at", UTCTime(microseconds: keptAt))
      writer.member("topic", topic)
      writer.member("event_id", eventID)
      writer.member("source", source)
      writer.member("timestamp", timestamp.map(UTCTime.init(microseconds:)))
      writer.member("bytes", Base64.text(bytes))
      writer.member("byte_count", byteCount)
      writer.member("republished_at", republishedAt.map(UTCTime.init(microseconds:)))
    }
  }
}
