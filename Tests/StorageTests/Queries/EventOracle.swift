import Foundation
import Ingest
import TestSupport
import Testing

@testable import Storage
@testable import StoreInterface

/// All events of a store. Answers queries by sorting and filtering all events.
struct EventOracle: Sendable {
  /// A stored event, with the parts that queries are about.
  struct Event: Sendable {
    let topic: String
    let id: String
    let source: String
    let time: Int64
    let processedAt: Int64
    let payload: String?

    /// Returns the place of the event in an order by `clock`.
    func reference(by clock: EventFilter.Clock) -> EventReference {
      EventReference(
        time: clock == .eventTime ? time : processedAt, eventID: Array(id.utf8), topic: Array(topic.utf8))
    }
  }

  /// All stored events.
  let events: [Event]

  /// Reads all stored events without the code under test.
  init(_ store: StoreFixture) async throws {
    let rows = try await store.sql(
      """
      SELECT topic, event_id, (extract(epoch FROM ts) * 1000000)::bigint, source,
        (extract(epoch FROM processed_at) * 1000000)::bigint, payload::text FROM events
      """)
    events = try rows.map { row in
      Event(
        topic: try #require(row[0]), id: try #require(row[1]), source: try #require(row[3]),
        time: try #require(row[2].flatMap { Int64($0) }),
        processedAt: try #require(row[4].flatMap { Int64($0) }), payload: row[5])
    }
  }

  /// Number of stored events.
  var count: Int { events.count }

  /// Returns the events that `filter` selects.
  func events(matching filter: EventFilter) -> [Event] {
    events.filter { event in
      let time = filter.clock == .eventTime ? event.time : event.processedAt
      return (filter.since ?? .min) <= time && time < filter.until ?? .max
        && Self.isTopic(event.topic, filter.topics) && (filter.eventID ?? event.id) == event.id
        && (filter.source ?? event.source) == event.source
        && (filter.permitted?.contains(event.topic) ?? true)
        && (filter.text.map { Self.has($0, event.payload) } ?? true)
        && filter.fields.allSatisfy { Self.meets($0, event.payload) }
    }
  }

  /// Returns the events that `query` should find, and whether more events follow.
  func answer(to query: EventQuery) -> (events: [EventReference], hasMore: Bool) {
    let selected = events(matching: query.filter).map { $0.reference(by: query.clock) }.sorted()
    let ordered = query.isDescending ? selected.reversed() : selected
    let after = query.after.map { EventReference($0) }
    let matching = ordered.filter { event in
      after.map { query.isDescending ? event < $0 : event > $0 } ?? true
    }
    let page = Array(matching.dropFirst(query.offset).prefix(query.limit))
    return (page, matching.count - query.offset > query.limit)
  }

  private static func isTopic(_ topic: String, _ topics: EventFilter.Topics) -> Bool {
    switch topics {
    case .all: true
    case .one(let name): Array(topic.utf8) == Array(name.utf8)
    case .prefix(let prefix): topic.utf8.starts(with: prefix.utf8)
    }
  }

  private static func has(_ text: String, _ payload: String?) -> Bool {
    payload.map { $0.lowercasedASCII.contains(text.lowercasedASCII) } ?? false
  }

  private static func meets(_ field: FieldCondition, _ payload: String?) -> Bool {
    let whole = payload.flatMap { try? JSONDecoder().decode(OracleValue.self, from: Data($0.utf8)) }
    guard var value = whole else { return false }
    for name in field.path {
      switch value {
      case .object(let members):
        guard let member = members[name] else { return false }
        value = member
      case .array(let elements):
        guard let index = Int(name), elements.indices.contains(index) else { return false }
        value = elements[index]
      default: return false
      }
    }
    switch value {
    case .null: return field.value == "null"
    case .flag(let flag): return field.value == "\(flag)"
    case .number(let number): return Double(field.value) == number
    case .text(let text): return text == field.value
    case .object, .array: return false
    }
  }
}

/// A value of a payload, as the decoder of Foundation reads it.
private enum OracleValue: Decodable {
  case null
  case flag(Bool)
  case number(Double)
  case text(String)
  case array([OracleValue])
  case object([String: OracleValue])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let flag = try? container.decode(Bool.self) {
      self = .flag(flag)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else if let elements = try? container.decode([OracleValue].self) {
      self = .array(elements)
    } else {
      self = .object(try container.decode([String: OracleValue].self))
    }
  }
}

extension EventOracle {
  /// Makes a random query. Most of its values occur in the store.
  /// - Parameter isWide: Whether the query may also have the conditions that no index supports, and the other clock.
  func query(using generator: inout SeededGenerator, isWide: Bool = false) -> EventQuery {
    func sometimes<Value>(_ value: @autoclosure () -> Value?) -> Value? {
      Int.random(in: 0..<3, using: &generator) == 0 ? value() : nil
    }
    func anyEvent() -> Event? { events.randomElement(using: &generator) }
    var query = EventQuery()
    query.order = Int.random(in: 0..<3, using: &generator) == 0 ? .oldestFirst : .newestFirst
    query.topic = sometimes(anyEvent()?.topic)
    query.topic = query.topic ?? sometimes(sometimes("no such topic"))
    query.permitted = sometimes(
      PermittedTopics(
        names: [anyEvent()].compactMap { $0?.topic },
        prefixes: [anyEvent()].compactMap { $0.map { String($0.topic.prefix(1)) } }))
    query.source = sometimes(anyEvent()?.source)
    if isWide { widen(&query.filter, using: &generator) }
    func time(_ event: Event) -> Int64 { query.clock == .eventTime ? event.time : event.processedAt }
    query.since = sometimes(anyEvent().map(time))
    query.until = sometimes(anyEvent().map(time))
    query.limit = [1, 2, 10, 100, 1_000].randomElement(using: &generator) ?? 1
    query.after = sometimes(anyEvent()).map { event in
      EventPosition(timestamp: time(event), eventID: event.id, topic: event.topic)
    }
    query.offset = query.after == nil ? sometimes(Int.random(in: 0...50, using: &generator)) ?? 0 : 0
    return query
  }

  private func widen(_ filter: inout EventFilter, using generator: inout SeededGenerator) {
    func oneIn(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &generator) == 0 }
    if oneIn(4), let topic = filter.topic ?? events.randomElement(using: &generator)?.topic {
      filter.topics = .prefix(String(topic.prefix(Int.random(in: 0...2, using: &generator))))
    }
    if oneIn(3) { filter.clock = .processedAt }
    if oneIn(4) { filter.text = SearchPayload.texts.randomElement(using: &generator) }
    if oneIn(4) {
      filter.fields = SearchPayload.conditions.shuffled(using: &generator).prefix(oneIn(4) ? 2 : 1).map(
        \.self)
    }
    if oneIn(12) { filter.eventID = events.randomElement(using: &generator)?.id }
  }
}

/// Payloads, texts and conditions of which some meet each other.
enum SearchPayload {
  static let texts = ["alpha", "ALPHA", "beta g", "\"n\":", "%", "_", "\\", "ü", "Ü", "nowhere", "null"]

  static let conditions = [
    ("tag", "Alpha"), ("tag", "alpha"), ("n", "1.5"), ("n", "15e-1"), ("n", "7"), ("user.id", "3"),
    ("user.id", "\"3\""), ("user.name", "Beta Gü"), ("list.1", "x"), ("list.0", "2"), ("list.9", "x"),
    ("ok", "true"),
    ("none", "null"), ("missing.deep", "1"), ("n.more", "1"), ("user", "{}"), ("tag", "true"),
  ].map { FieldCondition(path: $0.0.split(separator: ".").map(String.init), value: $0.1) }

  /// Returns a random payload; nil for none.
  static func random(using generator: inout SeededGenerator) -> String? {
    func any(_ choices: String...) -> String { choices.randomElement(using: &generator) ?? "" }
    guard Int.random(in: 0..<8, using: &generator) > 0 else { return nil }
    let tag = any("\"Alpha\"", "\"alp\\u0068a\"", "true", "\"50%_\\\\\"", "null")
    let number = any("1.50", "7", "7.0", "\"7\"", "1e2")
    let user = any("{\"id\":3,\"name\":\"Beta Gü\"}", "{ \"id\" : \"3\" }", "{}", "[]", "4")
    let list = any("[2,\"x\"]", "[]", "[[1],{\"x\":1}]", "\"x\"")
    return
      "{\"tag\":\(tag),\"n\":\(number),\"user\":\(user), \"list\":\(list),\"ok\":\(any("true", "false")),\"none\":null}"
  }
}

extension EventPage {
  /// The events of the page, in the form that the oracle uses.
  var references: [EventReference] { events.map { EventReference($0.position) } }
}
