internal import Ingest
internal import PostgresClient
internal import StoreInterface

/// The statements of the live tail.
enum TailStatements {
  /// Reads the present position: snapshot and time.
  static let position = PostgresQuery(
    PostgresStatement("SELECT pg_current_snapshot()::text, now()")
  ) { rows in (snapshot: rows.string(0, 0) ?? "", time: rows.time(0, 1) ?? 0) }

  /// Finds batches that are visible at the end of a window and were not visible at its beginning. They belong
  /// to transactions that began within the window, or that were running at its beginning.
  ///
  /// Transactions between the oldest running one and the window were committed and seen before. So only the
  /// numbers of the running ones are looked up, and a long transaction of another program costs one look-up,
  /// not a read of all that was committed since.
  ///
  /// Only rows younger than `age`, which the ledger surely keeps, count: a window that a client made up may
  /// begin with the first transaction of the cluster.
  static func batches(
    in window: TailWindow, from batchID: Int64, limit: Int, within age: Duration
  ) -> PostgresQuery<[TailBatch]> {
    precondition(limit >= 1, "a page has room for a batch")
    let statement = PostgresStatement(
      """
      SELECT batch_id, unique_ FROM (
        SELECT batch_id, unique_, xid, committed_at FROM batches
        WHERE xid >= pg_snapshot_xmax($1::pg_snapshot) AND xid < pg_snapshot_xmax($2::pg_snapshot)
        UNION ALL
        SELECT b.batch_id, b.unique_, b.xid, b.committed_at FROM pg_snapshot_xip($1::pg_snapshot) AS running(xid)
        CROSS JOIN LATERAL (
          SELECT batch_id, unique_, xid, committed_at FROM batches WHERE xid = running.xid OFFSET 0) AS b) AS b
      WHERE pg_visible_in_snapshot(xid, $2::pg_snapshot) AND batch_id >= $3
        AND committed_at >= now() - $5 * interval '1 second'
      ORDER BY batch_id LIMIT $4
      """,
      [
        .literal(window.from), .literal(window.to.snapshot), .bigint(batchID), .bigint(Int64(limit)),
        .bigint(age.components.seconds),
      ])
    return PostgresQuery(statement) { rows in
      (0..<rows.rowCount).map { row in
        TailBatch(batchID: rows.integer(row, 0) ?? 0, events: Int(rows.integer(row, 1) ?? 0))
      }
    }
  }

  /// Finds the events of a page, as topic, event_id, ts, source, payload, processed_at, batch_id and the
  /// number of matching events. Fewer rows are returned when their payloads reach `bytes`. The BRIN index
  /// finds the batches between the first and the last.
  static func events(_ page: TailPage, of table: EventTable, bytes: Int) -> PostgresQuery<TailEvents> {
    assert(zip(page.batchIDs, page.batchIDs.dropFirst()).allSatisfy { $0 < $1 }, "the batches ascend")
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
    let statement = PostgresStatement(
      """
      SELECT topic, event_id, ts, source, payload::text, processed_at, batch_id, matching
      FROM (SELECT p.*, count(*) OVER () AS matching, row_number() OVER place AS n,
          coalesce(sum(octet_length(payload::text)) OVER place, 0) AS bytes
        FROM (SELECT * FROM (SELECT * FROM events WHERE batch_id BETWEEN $1 AND $2\(table.fence)) AS e
          WHERE \(conditions.joined(separator: " AND "))
          ORDER BY batch_id, event_id, topic LIMIT $4) AS p
        WINDOW place AS (ORDER BY batch_id, event_id, topic
          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)) AS q
      WHERE bytes <= $5 OR n = 1
      ORDER BY batch_id, event_id, topic
      """, parameters)
    return PostgresQuery(statement) { [limit = page.limit] rows in
      let events = rows.storedEvents.enumerated().map { row, event in
        TailEvent(event, batchID: rows.integer(row, 6) ?? 0)
      }
      let matching = events.isEmpty ? 0 : Int(rows.integer(0, 7) ?? 0)
      assert(events.count <= matching, "only matching events are returned")
      return TailEvents(events, isComplete: matching == events.count && matching < limit)
    }
  }

  /// Returns the condition that any of the filters matches. All filters that name a topic and nothing else
  /// are one comparison, however many there are.
  private static func condition(
    of filters: [EventFilter], _ parameters: inout [PostgresParameter]
  ) -> String {
    var topics: [String?] = []
    var choices: [String] = []
    for filter in filters {
      if case .one(let topic) = filter.topics, filter == EventFilter(topics: filter.topics) {
        topics.append(topic)
      } else {
        let conditions = EventConditions(filter, after: parameters)
        parameters = conditions.parameters
        choices.append("(\(conditions.sql))")
      }
    }
    if !topics.isEmpty {
      parameters.append(.texts(topics))
      choices.append("topic = ANY($\(parameters.count))")
    }
    return "(\(choices.joined(separator: " OR ")))"
  }
}
