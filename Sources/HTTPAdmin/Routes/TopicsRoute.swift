import Hummingbird
import Ingest
import Principals
internal import StoreInterface
internal import TextFormats

/// `GET /topics`: the stored topics, with the number of their events and the time of the latest one.
struct TopicsRoute: Route {
  let path = "/topics"
  let access = RouteAccess.role(.read)
  let summary = "topics with counts and last times: prefix, order, limit, cursor"
  let queries: any EventQueries

  private static let known = KnownParameters(["prefix", "order", "limit", "cursor"])

  func respond(to request: Request, in context: AdminContext) async throws -> Response {
    _ = try request.negotiated([.json])
    let parameters = QueryParameters(request)
    let ignored = try Self.known.ignored(in: parameters)
    let limit = try parameters.pageLimit()
    let order = try parameters.choice("order", of: TopicOrder.self) ?? .name
    let prefix = try parameters.eventName("prefix") ?? ""
    let scope = "\(path)\0\(order.rawValue)\0\(prefix)"
    let after = try parameters.cursor(for: scope) { TopicPlace($0) }
    let list = try await queries.topicList().limited(to: context.permittedTopics).limited(to: prefix)
    let places = list.topics.map { TopicPlace($0, in: order) }.sorted()
    let rest = after.map { after in places.drop { !(after < $0) } } ?? places[...]
    let shown = rest.prefix(limit)
    let next = NextPage(
      rest.count > limit ? shown.last.map { $0.cursor.text(for: scope) } : nil, after: request)
    return .json(
      TopicPage(topics: shown.compactMap(\.topic), list: list, limit: limit, next: next, ignored: ignored),
      headers: next.fields)
  }
}

/// The orders of `GET /topics`.
enum TopicOrder: String, CaseIterable {
  /// By name, byte by byte.
  case name
  /// The topics with the most events first.
  case events
  /// The topics with the latest events first.
  case last
}

/// The place of a topic in an order.
private struct TopicPlace: Comparable {
  /// A number that is smaller for a topic that comes earlier.
  private let rank: Int64
  private let name: [UInt8]
  /// The topic; nil for the place of a cursor.
  let topic: TopicList.Topic?

  init(_ topic: TopicList.Topic, in order: TopicOrder) {
    // The complement turns the order round without an overflow.
    rank =
      switch order {
      case .name: 0
      case .events: ~topic.events
      case .last: ~topic.latest
      }
    name = Array(topic.name.utf8)
    self.topic = topic
  }

  /// Reads a cursor of `/topics`; nil when `cursor` is not one.
  init?(_ cursor: PageCursor) {
    guard cursor.fields.count == 2, let rank = cursor.number(0, as: Int64.self) else { return nil }
    self.rank = rank
    name = cursor.fields[1]
    topic = nil
  }

  var cursor: PageCursor { PageCursor([PageCursor.bytes(of: rank), name]) }

  static func < (one: TopicPlace, other: TopicPlace) -> Bool {
    one.rank == other.rank ? one.name.lexicographicallyPrecedes(other.name) : one.rank < other.rank
  }

  static func == (one: TopicPlace, other: TopicPlace) -> Bool {
    one.rank == other.rank && one.name == other.name
  }
}

extension TopicList {
  /// Returns the list of the topics with `prefix`. With a prefix only the topics of the list are counted.
  fileprivate func limited(to prefix: String) -> TopicList {
    guard !prefix.isEmpty else { return self }
    let topics = topics.filter { $0.name.utf8.starts(with: prefix.utf8) }
    return TopicList(topics: topics, count: topics.count, asOf: asOf)
  }
}

/// The answer of `GET /topics`.
private struct TopicPage: JSONWritable {
  let topics: [TopicList.Topic]
  let list: TopicList
  let limit: Int
  let next: NextPage
  let ignored: [String]

  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("topics", topics)
      writer.member("count", topics.count)
      writer.member("limit", limit)
      writer.member("topics_count", list.count)
      writer.member("events_count", list.topics.reduce(0) { $0 + $1.events })
      writer.member("as_of", UTCTime(microseconds: list.asOf))
      writer.member("next_cursor", next.cursor)
      if !ignored.isEmpty { writer.member("ignored_parameters", ignored) }
    }
  }
}

extension TopicList.Topic: JSONWritable {
  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("topic", name)
      writer.member("events", events)
      writer.member("last_timestamp", UTCTime(microseconds: latest))
    }
  }
}
