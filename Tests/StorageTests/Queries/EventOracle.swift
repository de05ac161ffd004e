import Ingest
import TestSupport
import Testing

@testable import Storage
@testable import StoreInterface

/// All events of a store. Answers queries by sorting all events.
struct EventOracle: Sendable {
  private let events: [EventReference]
  private let sources: [EventReference: String]

  /// Reads all stored events without the code under test.
  init(_ store: StoreFixture) async throws {
    let rows = try await store.sql(
      "SELECT topic, event_id, (extract(epoch FROM ts) * 1000000)::bigint, source FROM events")
    var sources: [EventReference: String] = [:]
    for row in rows {
      let event = EventReference(
        time: try #require(row[2].flatMap { Int64($0) }), eventID: Array(try #require(row[1]).utf8),
        topic: Array(try #require(row[0]).utf8))
      sources[event] = row[3]
    }
    self.sources = sources
    self.events = sources.keys.sorted()
  }

  /// Number of stored events.
  var count: Int { events.count }

  /// Returns the events that `query` should find, and whether more events follow.
  func answer(to query: EventQuery) -> (events: [EventReference], hasMore: Bool) {
    let ordered = query.order == .newestFirst ? events.reversed() : events
    let after = query.after.map { EventReference($0) }
    let matching = ordered.filter { event in
      let isBehind = after.map { query.order == .newestFirst ? event < $0 : event > $0 } ?? true
      return isBehind && (query.since ?? .min) <= event.time && event.time < query.until ?? .max
        && (query.topic.map { Array($0.utf8) } ?? event.topic) == event.topic
        && (query.eventID.map { Array($0.utf8) } ?? event.eventID) == event.eventID
        && (query.source ?? sources[event]) == sources[event]
        && (query.permitted?.contains(String(decoding: event.topic, as: UTF8.self)) ?? true)
    }
    let page = Array(matching.dropFirst(query.offset).prefix(query.limit))
    return (page, matching.count > query.offset + query.limit)
  }

  /// Makes a random query. Most of its values occur in the store.
  func query(using generator: inout SeededGenerator) -> EventQuery {
    func sometimes<Value>(_ value: @autoclosure () -> Value?) -> Value? {
      Int.random(in: 0..<3, using: &generator) == 0 ? value() : nil
    }
    func anyEvent() -> EventReference? { events.randomElement(using: &generator) }
    var query = EventQuery()
    query.order = Int.random(in: 0..<3, using: &generator) == 0 ? .oldestFirst : .newestFirst
    query.topic = sometimes(anyEvent().map { String(decoding: $0.topic, as: UTF8.self) })
    query.topic = query.topic ?? sometimes(sometimes("no such topic"))
    query.permitted = sometimes(
      PermittedTopics(
        names: [anyEvent()].compactMap { $0.map { String(decoding: $0.topic, as: UTF8.self) } },
        prefixes: [anyEvent()].compactMap { $0.map { String(decoding: $0.topic.prefix(1), as: UTF8.self) } }))
    query.source = sometimes(anyEvent().flatMap { sources[$0] })
    query.since = sometimes(anyEvent()?.time)
    query.until = sometimes(anyEvent()?.time)
    query.limit = [1, 2, 10, 100, 1_000].randomElement(using: &generator) ?? 1
    query.after = sometimes(anyEvent()).map { event in
      EventPosition(
        timestamp: event.time, eventID: String(decoding: event.eventID, as: UTF8.self),
        topic: String(decoding: event.topic, as: UTF8.self))
    }
    query.offset = query.after == nil ? sometimes(Int.random(in: 0...50, using: &generator)) ?? 0 : 0
    return query
  }
}

extension EventPage {
  /// The events of the page, in the form that the oracle uses.
  var references: [EventReference] { events.map { EventReference($0.position) } }
}
