internal import PostgresClient
internal import StoreInterface

/// The form of the table `events`: the index of events that exists, and whether Citus distributes the table over its
/// workers. Statements that read `events` depend on both.
struct EventTable: Hashable, Sendable {
  /// The index of events.
  let index: EventIndex
  /// Whether the rows are on the workers of Citus.
  let isDistributed: Bool

  /// A table on one server.
  static func local(_ index: EventIndex) -> EventTable { EventTable(index: index, isDistributed: false) }

  /// Reads the form of the table. A database that an older version migrated has no column `citus`.
  static let query = PostgresQuery(
    PostgresStatement("SELECT event_index, coalesce(to_jsonb(store) ->> 'citus', 'off') <> 'off' FROM store")
  ) { rows in
    EventTable(
      index: rows.string(0, 0).flatMap { EventIndex(rawValue: $0) } ?? .none,
      isDistributed: rows.rowCount == 1 && rows.isTrue(0, 1))
  }

  /// The end of a subquery of `events`. On one server `OFFSET 0` keeps the planner from using other conditions than those
  /// of the subquery, for which there is no useful index. On Citus it would bring all rows of the subquery to the
  /// coordinator.
  var fence: String { isDistributed ? "" : " OFFSET 0" }

  /// Returns the events with the keys of `keys` as `e`, for FROM.
  ///
  /// On one server the subquery runs once for each key, because a plan with a join could read the whole index. Citus
  /// takes no such subquery; its workers find the ids by the primary key, because they are a list.
  /// - Parameters:
  ///   - keys: An item of FROM with the keys.
  ///   - id: The column of `keys` with the event id.
  ///   - topic: The column of `keys` with the topic; nil for events of all topics.
  ///   - list: An array with all ids of `keys`; nil when there is none.
  func events(of keys: String, id: String, topic: String?, among list: String?) -> String {
    guard isDistributed else {
      let topic = topic.map { " AND topic = \($0)" } ?? ""
      return "\(keys) CROSS JOIN LATERAL (SELECT * FROM events WHERE event_id = \(id)\(topic) OFFSET 0) AS e"
    }
    let conditions = [
      "e.event_id = \(id)", topic.map { "e.topic = \($0)" }, list.map { "e.event_id = ANY(\($0))" },
    ]
    return "\(keys) JOIN events AS e ON \(conditions.compactMap(\.self).joined(separator: " AND "))"
  }
}
