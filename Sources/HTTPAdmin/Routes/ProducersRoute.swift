import Hummingbird
import Ingest
import Principals
internal import StoreInterface
internal import TextFormats
import WireProtocol

/// `GET /producers`: the producers, their counts, and their batches that wait on this server.
struct ProducersRoute: Route {
  let path = "/producers"
  let access = RouteAccess.role(.admin)
  let summary =
    "producers with their counts, connections and unsettled batches: name (or prefix*), q, order, connected, limit, "
    + "cursor"
  let queries: any EventQueries
  /// Returns the producers that are connected to this server; must not block.
  let connected: @Sendable () -> Set<ProducerID>
  /// Returns the activity of producers on this server; must not block.
  let activity: @Sendable (Set<ProducerID>) -> [ProducerID: ProducerActivity]
  /// The principals; nil without credentials, and then there are no quotas.
  let principals: AccessServices?
  /// The publishers over HTTP. They have no place among the pages of producers, so the first page shows them all.
  let publishers: HTTPPublishers

  private static let known = KnownParameters(["name", "q", "order", "connected", "limit", "cursor"])

  func respond(to request: Request, in context: AdminContext) async throws -> Response {
    _ = try request.negotiated([.json])
    let parameters = QueryParameters(request)
    let ignored = try Self.known.ignored(in: parameters)
    let limit = try parameters.pageLimit()
    let order = try parameters.choice("order", of: ProducerQuery.Order.self) ?? .name
    let isConnected = try parameters.value("connected") == nil ? nil : parameters.isTrue("connected")
    let name = try parameters.eventName("name")
    let text = try parameters.searchText("q")
    let scope = [path, order.rawValue, isConnected.map { "\($0)" } ?? "", name ?? "", text ?? ""]
      .joined(separator: "\0")
    let place = try parameters.cursor(for: scope) { ProducerPlace($0) }
    // One more producer than the page holds, to know whether there is a next page.
    var query = ProducerQuery(order: order, after: place, limit: limit + 1)
    query.names = name.map { ProducerQuery.Names(pattern: $0) } ?? .all
    query.text = text
    if let isConnected {
      if isConnected { query.only = connected() } else { query.without = connected() }
    }
    let list = try await queries.producers(query)
    let producers = Array(list.producers.prefix(limit))
    let last = list.producers.count > limit ? producers.last : nil
    let next = NextPage(last.map { query.place(of: $0).cursor.text(for: scope) }, after: request)
    let known = activity(Set(producers.map(\.producer)))
    let quotas = principals?.quotas(of: Set(producers.map(\.owner))) ?? [:]
    let entries = producers.map { producer in
      ProducerEntry(
        stored: producer, activity: known[producer.producer] ?? ProducerActivity(),
        quota: quotas[producer.owner])
    }
    return .json(
      ProducerPage(
        producers: entries, total: list.count, limit: limit, next: next, ignored: ignored,
        publishers: place == nil ? publishers.all : []),
      headers: next.fields)
  }
}

extension ProducerQuery.Names {
  /// Creates the selection that `pattern` names: one name, or with a `*` at the end all names with the prefix before it.
  fileprivate init(pattern: String) {
    guard pattern.utf8.last == UInt8(ascii: "*") else {
      self = .one(pattern)
      return
    }
    let prefix = String(pattern.unicodeScalars.dropLast())
    self = prefix.isEmpty ? .all : .prefix(prefix)
  }
}

extension ProducerPlace {
  /// Reads a cursor of `/producers`; nil when `cursor` is not one.
  fileprivate init?(_ cursor: PageCursor) {
    guard cursor.fields.count == 4, let name = cursor.text(0), let high = cursor.number(1, as: UInt64.self),
      let low = cursor.number(2, as: UInt64.self), let rank = cursor.number(3, as: Int64.self)
    else { return nil }
    self.init(rank: rank, name: name, producer: ProducerID(high: high, low: low))
  }

  fileprivate var cursor: PageCursor {
    PageCursor([
      Array(name.utf8), PageCursor.bytes(of: producer.high), PageCursor.bytes(of: producer.low),
      PageCursor.bytes(of: rank),
    ])
  }
}

/// The answer of `GET /producers`.
private struct ProducerPage: JSONWritable {
  let producers: [ProducerEntry]
  /// Number of producers on all pages.
  let total: Int
  let limit: Int
  let next: NextPage
  let ignored: [String]
  let publishers: [HTTPPublishers.Entry]

  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("producers", producers)
      writer.member("count", producers.count)
      writer.member("limit", limit)
      writer.member("producers_count", total)
      writer.member("next_cursor", next.cursor)
      writer.member("http_publishers", publishers)
      if !ignored.isEmpty { writer.member("ignored_parameters", ignored) }
    }
  }
}

extension HTTPPublishers.Entry: JSONWritable {
  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("name", publisher.name)
      writer.member("by", publisher.source.rawValue)
      writer.member("requests", figures.requests)
      writer.member("received", figures.received)
      writer.member("unique", figures.unique)
      writer.member("duplicate", figures.duplicate)
      writer.member("dead", figures.dead)
      writer.member("last_at", UTCTime(microseconds: figures.lastAt))
    }
  }
}

/// One producer with its figures in the database and on this server.
private struct ProducerEntry: JSONWritable {
  let stored: StoredProducer
  let activity: ProducerActivity
  /// The quota of the owner; nil when it has none.
  let quota: QuotaFigures?

  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("producer", stored.producer.description)
      writer.member("name", stored.name)
      writer.member("owner", stored.owner)
      writer.member("session", stored.session)
      writer.member("seen_at", UTCTime(microseconds: stored.seenAt))
      writer.member("floor", stored.floor)
      writer.member("batches", stored.batches)
      stored.counts.writeMembers(to: &writer)
      writer.member("connections", activity.connections)
      writer.member("unsettled") { writer in
        writer.member("batches", activity.unsettled.batches)
        writer.member("bytes", activity.unsettled.bytes)
      }
      writer.member("quota", quota)
    }
  }
}
