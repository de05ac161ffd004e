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
        guard try connection.query(EventTable.query).isDistributed else {
          return .success(AuditReport(try findings(over: connection)))
        }
        return .success(AuditReport(try DistributedAudit(settings).findings()))
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
    var findings = try connection.query(AuditStatements.overall)
    findings.events = try connection.query(AuditStatements.events)
    findings.producerViolations = try connection.query(AuditStatements.producers(expired: findings.expired))
    if try EventIndexChange(connection: connection).current() == .spans {
      findings.eventsOutsideSpans = try connection.query(AuditStatements.eventsOutsideSpans(of: "events"))
    }
    try connection.execute("COMMIT")
    return findings
  }
}
