internal import Base
internal import Glibc
internal import PostgresClient
internal import StoreInterface

/// The audit of a database whose events are on the workers of Citus, while servers go on writing.
///
/// The coordinator and the workers have no common snapshot. So the audit reads the ledger, waits until every transaction
/// that the ledger shows is visible on the workers, reads the events, and reads the counters again. The number of events
/// must be between the two readings.
struct DistributedAudit {
  private let settings: ConnectionSettings

  /// Longest wait for transactions that a worker has prepared: more than twice the longest interval of recovery that is
  /// usual, 60 s.
  private static let longestWait = Duration.seconds(150)

  init(_ connection: ConnectionSettings) {
    settings = connection
  }

  /// Runs the audit.
  func findings() throws(PostgresError) -> AuditReport.Findings {
    var patient = settings
    patient.idleInTransactionTimeout = Self.longestWait + .seconds(60)
    let (connection, observer) = (try PostgresConnection(patient), try PostgresConnection(settings))
    // The audit of many events brings more than a GiB to the coordinator, the default limit of Citus.
    try connection.execute("SET citus.max_intermediate_result_size = -1")
    try connection.execute(AuditStatements.auditedEventsTable)
    try connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    var findings = try connection.query(AuditStatements.overall)
    let pending = try connection.query("SELECT coalesce(array_agg(gid), '{}')::text FROM pg_dist_transaction")
    try wait(for: pending.string(0, 0) ?? "{}", over: observer)
    findings.events = try connection.query(AuditStatements.events)
    if try connection.query(EventIndexChange.query) == .spans {
      try connection.execute(AuditStatements.auditedEvents)
      findings.eventsOutsideSpans = try connection.query(
        AuditStatements.eventsOutsideSpans(of: "audited_events"))
    }
    findings.producerViolations = try connection.query(AuditStatements.producers(expired: 0))
    let later = try observer.query(Self.sums)
    findings.storedMeanwhile = later.unique - findings.counters.unique
    findings.expiredMeanwhile = later.expired - findings.expired
    if later.expired > 0 {
      findings.producerViolations = try connection.query(AuditStatements.producers(expired: later.expired))
    }
    try connection.execute("COMMIT")
    return findings
  }

  private static let sums = PostgresQuery(
    PostgresStatement("SELECT sum(unique_)::bigint, sum(expired)::bigint FROM counters")
  ) { (unique: $0.integer(0, 0) ?? 0, expired: $0.integer(0, 1) ?? 0) }

  /// Waits until the workers have committed the transactions `pending`, an array in the form of text.
  private func wait(for pending: String, over observer: PostgresConnection) throws(PostgresError) {
    let deadline = ContinuousClock.now + Self.longestWait
    while true {
      let left = try observer.query(
        "SELECT count(*) FROM pg_dist_transaction WHERE gid = ANY($1::text::text[])", [.text(pending)])
      guard let count = left.integer(0, 0), count > 0 else { return }
      guard ContinuousClock.now < deadline else {
        throw PostgresError(
          state: "55000",
          message: "a worker of Citus has \(count) transactions that are not finished after"
            + " \(Self.longestWait.components.seconds) s: start the worker, and audit again",
          isConnectionLost: false)
      }
      usleep(100_000)
    }
  }
}
