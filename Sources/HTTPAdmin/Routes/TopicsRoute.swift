import Hummingbird
import Ingest
import Principals
internal import StoreInterface
internal import TextFormats

/// `GET /topics`: the stored topics, with the number of their events and the time of the latest one.
struct TopicsRoute: Route {
  let path = "/topics"
  let access = RouteAccess.role(.read)
  let summary = "topics with counts and last times: limit, cursor"
  let queries: any EventQueries

  func respond(to request: Request, in context: AdminContext) async throws -> Response {
    _ = try request.negotiated([.json])
    let parameters = QueryParameters(request)
    let limit = try parameters.pageLimit()
    let after = try parameters.cursor(for: path) { $0.fields.count == 1 ? $0.fields[0] : nil }
    let list = try await queries.topicList().limited(to: context.permittedTopics)
    let rest = list.topics(after: after)
    let topics = Array(rest.prefix(limit))
    let last = rest.count > limit ? topics.last : nil
    let next = NextPage(last.map { PageCursor([Array($0.name.utf8)]).text(for: path) }, after: request)
    return .json(
      TopicPage(topics: topics, list: list, limit: limit, next: next), headers: next.fields)
  }
}

extension TopicList {
  /// Returns the topics after `name` in byte order; all topics for nil.
  fileprivate func topics(after name: [UInt8]?) -> ArraySlice<Topic> {
    guard let name else { return topics[...] }
    var (low, high) = (0, topics.count)
    while low < high {
      let middle = (low + high) / 2
      if name.lexicographicallyPrecedes(topics[middle].name.utf8) { high = middle } else { low = middle + 1 }
    }
    return topics[low...]
  }
}

/// The answer of `GET /topics`.
private struct TopicPage: JSONWritable {
  let topics: [TopicList.Topic]
  let list: TopicList
  let limit: Int
  let next: NextPage

  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("topics", topics)
      writer.member("count", topics.count)
      writer.member("limit", limit)
      writer.member("topics_count", list.count)
      writer.member("as_of", UTCTime(microseconds: list.asOf))
      writer.member("next_cursor", next.cursor)
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
