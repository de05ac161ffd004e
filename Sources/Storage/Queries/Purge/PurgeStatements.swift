internal import Ingest
internal import PostgresClient
internal import StoreInterface

/// The statements of a purge.
enum PurgeStatements {
  /// The statement before each search, so that the BRIN index on the time of storing is used.
  static let preparation = PostgresStatement("SET LOCAL enable_seqscan = off")

  /// Returns the query for the number of events in `slice`.
  static func count(
    of filter: EventFilter, in slice: Range<Int64>, _ table: EventTable
  ) -> PostgresQuery<Int64> {
    var conditions = EventConditions(filter)
    let rows = rows(of: filter, in: slice, table, &conditions)
    return PostgresQuery(
      PostgresStatement("SELECT count(*) FROM \(rows) WHERE \(conditions.sql)", conditions.parameters)
    ) { $0.integer(0, 0) ?? 0 }
  }

  /// Returns the query for the keys of at most `limit` events in `slice`.
  static func keys(
    of filter: EventFilter, in slice: Range<Int64>, _ table: EventTable, limit: Int
  ) -> PostgresQuery<[EventReference]> {
    var conditions = EventConditions(filter)
    let rows = rows(of: filter, in: slice, table, &conditions)
    return .references(
      PostgresStatement(
        "SELECT \(conditions.reference) FROM \(rows) WHERE \(conditions.sql) LIMIT \(limit)",
        conditions.parameters))
  }

  /// Events that a transaction deleted.
  struct Deleted: Sendable {
    /// Number of events.
    let events: Int64
    /// The times at which they were stored, in microseconds since 1970; nil without events.
    let times: ClosedRange<Int64>?
  }

  /// Returns the query that deletes the events with these keys that `filter` selects.
  ///
  /// With the index of spans the query also adds a span with a negative number for each topic and group, so that the sum
  /// of the numbers is that of the stored events. A correction needs no right to update rows and locks none that others
  /// wait for. It has the time of storing of its events, so retention deletes it with their spans.
  static func deletion(of keys: [EventReference], _ filter: EventFilter) -> PostgresQuery<Deleted> {
    var conditions = EventConditions(filter)
    let ids = conditions.place(.texts(utf8: keys.map(\.eventID)))
    let topics = conditions.place(.texts(utf8: keys.map(\.topic)))
    let size = GroupStatements.batchesInGroup
    let statement = PostgresStatement(
      """
      WITH doomed AS (
        SELECT event_id, topic FROM unnest(\(ids)::text[], \(topics)::text[]) AS k(id, name)
        CROSS JOIN LATERAL (SELECT * FROM events WHERE event_id = k.id AND topic = k.name OFFSET 0) AS e
        WHERE \(conditions.sql)
      ), gone AS (
        DELETE FROM events USING doomed
        WHERE events.event_id = doomed.event_id AND events.topic = doomed.topic
        RETURNING events.topic, events.batch_id / \(size) AS group_id, events.ts, events.processed_at
      ), corrected AS (
        INSERT INTO topic_spans (topic, group_id, n, min_ts, max_ts, processed_at)
        SELECT t.name, gone.group_id, -count(*), min(gone.ts), max(gone.ts), max(gone.processed_at)
        FROM gone, store, unnest(ARRAY[gone.topic, '']) AS t(name)
        WHERE store.event_index = 'spans' GROUP BY t.name, gone.group_id
      )
      SELECT count(*), min(processed_at), max(processed_at) FROM gone
      """, conditions.parameters)
    return PostgresQuery(statement) { rows in
      let first = rows.time(0, 1)
      return Deleted(
        events: rows.integer(0, 0) ?? 0,
        times: first.map { first in first...max(first, rows.time(0, 2) ?? first) })
    }
  }

  /// Returns the statement that removes the spans of topics and groups whose events were all deleted, so that a topic
  /// without events is listed no more. `times` are those at which the events were stored. The first span of a topic and
  /// group has the number of all of its events, so a sum of 0 with a correction says that none is left.
  static func removalOfEmptySpans(of times: ClosedRange<Int64>) -> PostgresStatement {
    PostgresStatement(
      """
      DELETE FROM topic_spans WHERE processed_at BETWEEN $1 AND $2 AND (topic, group_id) IN (
        SELECT topic, group_id FROM topic_spans WHERE processed_at BETWEEN $1 AND $2
        GROUP BY topic, group_id HAVING sum(n) = 0 AND min(n) < 0)
      """, [EventConditions.bound(times.lowerBound), EventConditions.bound(times.upperBound)])
  }

  /// Returns the query that counts `number` events as deleted.
  static func expire(_ number: Int64) -> PostgresQuery<Void> {
    let statement = PostgresStatement(
      """
      INSERT INTO counters AS c (shard, expired) VALUES (0, $1)
      ON CONFLICT (shard) DO UPDATE SET expired = c.expired + EXCLUDED.expired
      """, [.bigint(number)])
    return PostgresQuery(statement) { _ in }
  }

  /// Returns the rows of `slice`, for FROM. The primary key finds an event id.
  private static func rows(
    of filter: EventFilter, in slice: Range<Int64>, _ table: EventTable, _ conditions: inout EventConditions
  ) -> String {
    let bounds =
      "processed_at >= \(conditions.place(EventConditions.bound(slice.lowerBound)))"
      + " AND processed_at < \(conditions.place(EventConditions.bound(slice.upperBound)))"
    guard filter.eventID == nil else {
      conditions.require(bounds)
      return "events"
    }
    return "(SELECT * FROM events WHERE \(bounds)\(table.fence)) AS e"
  }
}
