internal import Ingest
internal import PostgresClient
internal import StoreInterface

/// The statements of an audit. Those without `events` read one snapshot of one server.
enum AuditStatements {
  /// Reads the sums of all tables but `events`.
  static let overall = PostgresQuery(
    PostgresStatement(
      """
      SELECT c.*, l.received, l.unique_, l.duplicate, l.dead, expired, expired_dead,
        (SELECT count(*) FROM dead_events),
        (SELECT count(*) FROM producers WHERE producer <> '\(ForgottenProducers.id)')
      FROM (SELECT sum(received)::bigint, sum(unique_)::bigint, sum(duplicate)::bigint, sum(dead)::bigint
          FROM counters) c,
        (SELECT sum(expired)::bigint AS expired, sum(expired_dead)::bigint AS expired_dead FROM counters) x,
        (SELECT coalesce(sum(received), 0)::bigint AS received, coalesce(sum(unique_), 0)::bigint AS unique_,
            coalesce(sum(duplicate), 0)::bigint AS duplicate, coalesce(sum(dead), 0)::bigint AS dead
          FROM (SELECT received, unique_, duplicate, dead FROM batches
            UNION ALL SELECT received, unique_, duplicate, dead FROM producers) r) l
      """)
  ) { rows in
    func number(_ column: Int) -> Int64 { rows.integer(0, column) ?? 0 }
    func counts(_ first: Int) -> AuditReport.Counts {
      AuditReport.Counts(
        received: number(first), unique: number(first + 1), duplicate: number(first + 2),
        dead: number(first + 3))
    }
    return AuditReport.Findings(
      counters: counts(0), ledger: counts(4), expired: number(8), expiredDead: number(9), events: 0,
      deadEvents: number(10), producers: number(11), producerViolations: [])
  }

  /// Counts the rows of `events`.
  static let events = PostgresQuery(PostgresStatement("SELECT count(*) FROM events")) {
    $0.integer(0, 0) ?? 0
  }

  /// For each producer, compares the stored events of its batches in the ledger with the counts in the ledger. Of pruned
  /// batches only the sums are left, which are part of the equations over all producers.
  /// - Parameter expired: Number of events that were deleted; if there are any, a producer may have fewer events.
  static func producers(expired: Int64) -> PostgresQuery<[AuditReport.Violation]> {
    let statement = PostgresStatement(
      """
      WITH stored AS (
        SELECT b.producer, count(*) AS events FROM events e JOIN batches b USING (batch_id) GROUP BY b.producer
      ), ledger AS (
        SELECT producer, sum(received)::bigint AS received,
          sum(unique_::bigint + duplicate + dead)::bigint AS accounted, sum(unique_)::bigint AS unique_
        FROM batches GROUP BY producer
      ), each AS (
        SELECT producer, coalesce(p.received, 0) + coalesce(l.received, 0) AS received,
          coalesce(p.unique_ + p.duplicate + p.dead, 0) + coalesce(l.accounted, 0) AS accounted,
          coalesce(l.unique_, 0) AS unique_, coalesce(s.events, 0) AS events
        FROM producers p FULL JOIN ledger l USING (producer) FULL JOIN stored s USING (producer)
      )
      SELECT producer, accounted, received, unique_, events, events > unique_ OR (events < unique_ AND $1 = 0)
      FROM each
      WHERE received <> accounted OR events > unique_ OR (events < unique_ AND $1 = 0)
      ORDER BY producer LIMIT 100
      """, [.bigint(expired)])
    return PostgresQuery(statement) { rows in (0..<rows.rowCount).flatMap { violations(rows, $0) } }
  }

  /// Counts events that no span of their group covers, for their topic or for all topics. A page that is read by the
  /// index of spans may lack such events.
  ///
  /// An event that no span of its topic covers must be listed by a span of the topic's bucket.
  /// - Parameter events: A table with the events.
  static func eventsOutsideSpans(of events: String) -> PostgresQuery<Int64> {
    let isWithin =
      "s.n >= 0 AND s.group_id = e.batch_id / \(GroupStatements.batchesInGroup)"
      + " AND e.ts BETWEEN s.min_ts AND s.max_ts"
    let statement = PostgresStatement(
      """
      WITH RECURSIVE outside AS MATERIALIZED (
        SELECT topic, event_id, ts, batch_id FROM \(events) e WHERE NOT EXISTS (
          SELECT FROM topic_spans s WHERE s.topic = e.topic AND s.bucket = 0 AND \(isWithin))
      ), \(TopicBucket.expressions(of: "SELECT DISTINCT topic FROM outside")), placed AS MATERIALIZED (
        SELECT topic, event_id, ts, batch_id, number,
          int2send((octet_length(convert_to(event_id, 'UTF8')) + \(ListedEvents.tagBytes))::smallint)
          || substring(int4send(tag::int) FROM 3) || convert_to(event_id, 'UTF8') AS entry
        FROM outside JOIN buckets USING (topic)
      ), listed AS (
        SELECT DISTINCT e.topic, e.event_id FROM placed e
        JOIN topic_spans s ON s.bucket = e.number AND s.topic = '#' || e.number AND \(isWithin)
        WHERE position(e.entry IN s.listed) > 0
      )
      SELECT greatest(
        (SELECT count(*) FROM outside) - (SELECT count(*) FROM listed),
        (SELECT count(*) FROM \(events) e WHERE NOT EXISTS (
          SELECT FROM topic_spans s WHERE s.topic = '' AND \(isWithin))))
      """)
    return PostgresQuery(statement) { $0.integer(0, 0) ?? 0 }
  }

  /// Creates the temporary table `audited_events`, which has the events beside their spans on the coordinator of Citus.
  static let auditedEventsTable = """
    CREATE TEMPORARY TABLE audited_events (
      topic text COLLATE "C", event_id text COLLATE "C", ts timestamptz, batch_id bigint)
    """

  /// Fills `audited_events` from the workers, which may show events that the snapshot of the spans does not. So only
  /// events count that the snapshot has in the ledger, or that were stored before all batches of the ledger and long ago,
  /// because a batch that is pruned is old.
  static let auditedEvents = """
    INSERT INTO audited_events SELECT topic, event_id, ts, batch_id
    FROM (SELECT topic, event_id, ts, batch_id, processed_at FROM events OFFSET 0) AS e
    WHERE batch_id IN (SELECT batch_id FROM batches) OR (processed_at < now() - interval '10 minutes'
      AND processed_at < (SELECT coalesce(min(committed_at), 'infinity') FROM batches))
    """

  private static func violations(_ rows: PostgresResult, _ row: Int) -> [AuditReport.Violation] {
    let producer = rows.producer(row, 0)
    func violation(_ law: AuditReport.Law, _ expected: Int, _ found: Int) -> AuditReport.Violation {
      AuditReport.Violation(
        law, producer: producer, expected: rows.integer(row, expected) ?? 0,
        found: rows.integer(row, found) ?? 0)
    }
    let balances = rows.integer(row, 1) == rows.integer(row, 2)
    return (balances ? [] : [violation(.producerBalance, 1, 2)])
      + (rows.isTrue(row, 5) ? [violation(.producerStored, 3, 4)] : [])
  }
}
