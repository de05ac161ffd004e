internal import Ingest

/// The statements of the live tail.
enum TailStatements {
  /// The present moment: snapshot, time, and which database it is. The name of the file that is written to
  /// begins with the timeline, which changes when a standby takes over.
  static let position = """
    SELECT pg_current_snapshot()::text, now(),
      (SELECT id FROM store)::text || '-' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)
    """

  /// Batches that are visible at the end of a window and were not at its beginning.
  static func batches(in window: TailWindow, from batchID: Int64, limit: Int) -> PostgresStatement {
    PostgresStatement(
      """
      SELECT b.batch_id, b.unique_ FROM batches b
      WHERE b.xid >= pg_snapshot_xmin($1::pg_snapshot) AND b.xid < pg_snapshot_xmax($2::pg_snapshot)
        AND NOT pg_visible_in_snapshot(b.xid, $1::pg_snapshot)
        AND pg_visible_in_snapshot(b.xid, $2::pg_snapshot) AND b.batch_id >= $3
      ORDER BY b.batch_id LIMIT $4
      """, [.literal(window.from), .literal(window.to.snapshot), .bigint(batchID), .bigint(Int64(limit))])
  }

  /// The events of a page, as topic, event_id, ts, source, payload, processed_at, batch_id, and the number of
  /// those that matched; fewer rows come back where their payloads reach `bytes`. The BRIN index finds the
  /// batches between the first and the last; OFFSET keeps the other conditions out of the planner's choice.
  static func events(_ page: TailPage, bytes: Int) -> PostgresStatement {
    var parameters: [PostgresParameter] = [
      .bigint(page.batchIDs.first ?? 0), .bigint(page.batchIDs.last ?? 0), .bigints(page.batchIDs),
      .bigint(Int64(page.limit)), .bigint(Int64(bytes)),
    ]
    var conditions: [String] = []
    if !page.filters.isEmpty { conditions.append(condition(of: page.filters, &parameters)) }
    conditions.append("batch_id = ANY($3)")
    if let after = page.after {
      parameters += [.bigint(after.batchID), .text(after.eventID), .text(after.topic)]
      let first = parameters.count - 2
      conditions.append("(batch_id, event_id, topic) > ($\(first), $\(first + 1), $\(first + 2))")
    }
    return PostgresStatement(
      """
      SELECT topic, event_id, ts, source, payload::text, processed_at, batch_id, matching
      FROM (SELECT p.*, count(*) OVER () AS matching, row_number() OVER place AS n,
          coalesce(sum(octet_length(payload::text)) OVER place, 0) AS bytes
        FROM (SELECT * FROM (SELECT * FROM events WHERE batch_id BETWEEN $1 AND $2 OFFSET 0) AS e
          WHERE \(conditions.joined(separator: " AND "))
          ORDER BY batch_id, event_id, topic LIMIT $4) AS p
        WINDOW place AS (ORDER BY batch_id, event_id, topic
          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)) AS q
      WHERE bytes <= $5 OR n = 1
      ORDER BY batch_id, event_id, topic
      """, parameters)
  }

  /// Any of the filters. Those that name a topic and nothing else are one comparison, however many they are.
  private static func condition(
    of filters: [TailFilter], _ parameters: inout [PostgresParameter]
  ) -> String {
    var topics: [String?] = []
    var choices: [String] = []
    for filter in filters {
      if case .one(let topic) = filter.topics, filter.source == nil {
        topics.append(topic)
      } else {
        choices.append(condition(of: filter, &parameters))
      }
    }
    if !topics.isEmpty {
      parameters.append(.texts(topics))
      choices.append("topic = ANY($\(parameters.count))")
    }
    return "(\(choices.joined(separator: " OR ")))"
  }

  private static func condition(of filter: TailFilter, _ parameters: inout [PostgresParameter]) -> String {
    var conditions = ["true"]
    switch filter.topics {
    case .all: break
    case .one(let topic):
      parameters.append(.text(topic))
      conditions.append("topic = $\(parameters.count)")
    case .prefix(let prefix):
      parameters.append(.text(prefix))
      conditions.append("starts_with(topic, $\(parameters.count))")
    }
    if let source = filter.source {
      parameters.append(.text(source))
      conditions.append("source = $\(parameters.count)")
    }
    return "(\(conditions.joined(separator: " AND ")))"
  }
}
