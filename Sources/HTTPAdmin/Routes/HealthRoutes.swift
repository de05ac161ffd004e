import HTTPTypes
import Hummingbird
import Ingest

/// `GET /health`: whether the database can be reached and how full the queue is, for people and monitors.
struct HealthRoute: Route {
  let path = "/health"
  let summary = "whether the database can be reached"
  let version: String
  let queries: any EventQueries
  let status: @Sendable () -> ServerStatus

  func respond(to request: Request, in context: AdminContext) async -> Response {
    let failure = await queries.pingFailure()
    let report = HealthReport(status: status(), failure: failure, version: version)
    return .json(
      report, status: report.isHealthy ? .ok : .serviceUnavailable,
      headers: report.isHealthy ? [:] : [.retryAfter: "1"])
  }
}

/// `GET /livez`: the process answers. Nothing else is asked, so that a database that is away does not
/// get the process restarted.
struct LivenessRoute: Route {
  let path = "/livez"
  let summary = "whether the process answers"

  func respond(to request: Request, in context: AdminContext) -> Response {
    .json(Readiness(status: "alive", reason: nil))
  }
}

/// `GET /readyz`: whether to send traffic here.
struct ReadinessRoute: Route {
  let path = "/readyz"
  let summary = "whether to send events here"
  let queries: any EventQueries
  let status: @Sendable () -> ServerStatus

  func respond(to request: Request, in context: AdminContext) async -> Response {
    guard let reason = await obstacle() else { return .json(Readiness(status: "ready", reason: nil)) }
    return .json(
      Readiness(status: "not ready", reason: reason), status: .serviceUnavailable, headers: [.retryAfter: "1"]
    )
  }

  /// What stands in the way; nil when nothing does.
  private func obstacle() async -> String? {
    switch status().phase {
    case .starting: "The server is starting: migrations are not done."
    case .draining: "The server is shutting down."
    case .serving:
      if let failure = await queries.pingFailure() {
        "The database does not answer (\(failure.description))."
      } else if status().storeAwaySince != nil {
        "The database answers, but takes no events."
      } else {
        nil
      }
    }
  }
}

/// The answer of `GET /health`.
struct HealthReport: JSONWritable {
  let status: ServerStatus
  /// Why the database does not answer; nil when it does.
  let failure: QueryError?
  let version: String

  /// A database that answers questions may still refuse events: a full disk, a right that is missing.
  var isHealthy: Bool { failure == nil && status.storeAwaySince == nil }

  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("status", isHealthy ? "healthy" : "unhealthy")
      writer.member("database", isHealthy ? "connected" : failure == nil ? "refusing" : "disconnected")
      if !isHealthy {
        let refusal = "It answers, but takes no events; see the log."
        writer.member("database_error", failure?.description ?? refusal)
        writer.member("disconnected_since", status.storeAwaySince.map(Timestamp.init(microseconds:)))
      }
      writer.member("queue", status.queue.bytes < status.queue.limitBytes ? "ok" : "full")
      writer.member("timestamp", Timestamp(microseconds: status.now))
      writer.member("uptime_seconds", status.uptime.seconds)
      writer.member("version", version)
    }
  }
}

/// The answer of `GET /livez` and `GET /readyz`.
private struct Readiness: JSONWritable {
  let status: String
  let reason: String?

  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("status", status)
      if let reason { writer.member("reason", reason) }
    }
  }
}

extension EventQueries {
  /// Why the store does not answer; nil when it does.
  fileprivate func pingFailure() async -> QueryError? {
    do {
      try await ping()
      return nil
    } catch {
      return error
    }
  }
}
