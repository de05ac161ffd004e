internal import Base
internal import Ingest
public import PostgresClient
public import StoreInterface
internal import WireProtocol

/// Checks the conservation law from the tables alone, in one snapshot, while servers go on writing.
public struct PostgresAudit: Sendable {
  private let settings: ConnectionSettings

  /// Creates an audit of the database that `connection` names. The audit reads every event, so each of its
  /// statements may take ten minutes.
  public init(_ connection: ConnectionSettings) {
    var settings = connection
    settings.statementTimeout = .seconds(600)
    settings.answerTimeout = .seconds(660)
    settings.idleInTransactionTimeout = .seconds(60)
    self.settings = settings
  }

  /// Runs the audit, on a thread and a connection of its own.
  /// - Throws: `QueryError` when the database cannot answer.
  public func run() async throws(QueryError) -> AuditReport {
    let result: Result<AuditReport, QueryError> = await WorkerThread.run(named: "sluice-audit") {
      do throws(PostgresError) {
        let connection = try PostgresConnection(settings)
        guard try hasSchema(connection) else {
          return .failure(
            QueryError(
              "there is no schema \(settings.schema) in this database: no server has used it yet; check"
                + " database.url and store.schema", isTransient: false))
        }
        return .success(AuditReport(try findings(over: connection)))
      } catch {
        return .failure(QueryError(error))
      }
    }
    return try result.get()
  }

  private func hasSchema(_ connection: PostgresConnection) throws(PostgresError) -> Bool {
    let table = "\(try connection.quoted(identifier: settings.schema)).schema_migrations"
    return !(try connection.query("SELECT to_regclass($1)", [.text(table)]).isNull(0, 0))
  }

  private func findings(
    over connection: PostgresConnection
  ) throws(PostgresError) -> AuditReport.Findings {
    try connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    let overall = try connection.query(Self.overall)
    let producers = try connection.query(Self.violatingProducers)
    let hasSpans = try EventIndexChange(connection: connection).current() == .spans
    let outside = try hasSpans ? connection.query(Self.eventsOutsideSpans).integer(0, 0) ?? 0 : 0
    try connection.execute("COMMIT")
    func number(_ column: Int) -> Int64 { overall.integer(0, column) ?? 0 }
    func counts(_ first: Int) -> AuditReport.Counts {
      AuditReport.Counts(
        received: number(first), unique: number(first + 1), duplicate: number(first + 2),
        dead: number(first + 3))
    }
    return AuditReport.Findings(
      counters: counts(0), ledger: counts(4), expired: number(8), expiredDead: number(9), events: number(10),
      deadEvents: number(11), producers: number(12),
      eventsOutsideSpans: outside,
      producerViolations: (0..<producers.rowCount).flatMap { Self.violations(producers, $0) })
  }

  private static let overall = """
    SELECT c.*, l.received, l.unique_, l.duplicate, l.dead, expired, expired_dead,
      (SELECT count(*) FROM events), (SELECT count(*) FROM dead_events),
      (SELECT count(*) FROM producers WHERE producer <> '\(ForgottenProducers.id)')
    FROM (SELECT sum(received)::bigint, sum(unique_)::bigint, sum(duplicate)::bigint, sum(dead)::bigint
        FROM counters) c,
      (SELECT sum(expired)::bigint AS expired, sum(expired_dead)::bigint AS expired_dead FROM counters) x,
      (SELECT coalesce(sum(received), 0)::bigint AS received, coalesce(sum(unique_), 0)::bigint AS unique_,
          coalesce(sum(duplicate), 0)::bigint AS duplicate, coalesce(sum(dead), 0)::bigint AS dead
        FROM (SELECT received, unique_, duplicate, dead FROM batches
          UNION ALL SELECT received, unique_, duplicate, dead FROM producers) r) l
    """

  /// For each producer, compares the stored events of its batches in the ledger with the counts in the
  /// ledger. Of pruned batches only the sums are left, which are part of the equations over all producers.
  private static let violatingProducers = """
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
    SELECT producer, accounted, received, unique_, events,
      events > unique_ OR (events < unique_ AND (SELECT sum(expired) FROM counters) = 0)
    FROM each
    WHERE received <> accounted OR events > unique_
      OR (events < unique_ AND (SELECT sum(expired) FROM counters) = 0)
    ORDER BY producer LIMIT 100
    """

  /// Counts events that no span of their group covers, for their topic or for all topics. A page that is read
  /// by the index of spans may lack such events.
  private static let eventsOutsideSpans = """
    SELECT greatest(
      (SELECT count(*) FROM events e WHERE NOT EXISTS (
        SELECT FROM topic_spans s WHERE s.topic = e.topic AND \(isWithin))),
      (SELECT count(*) FROM events e WHERE NOT EXISTS (
        SELECT FROM topic_spans s WHERE s.topic = '' AND \(isWithin))))
    """

  private static let isWithin =
    "s.n >= 0 AND s.group_id = e.batch_id / \(GroupStatements.batchesInGroup) AND e.ts BETWEEN s.min_ts AND s.max_ts"

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
