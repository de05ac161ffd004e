import HTTPTypes
import Hummingbird
import Ingest
internal import StoreInterface
internal import TextFormats

/// `GET /health`: whether batches are committed, and the problems if they are not. For people and monitors.
struct HealthRoute: Route {
  let path = "/health"
  let access = RouteAccess.open
  let summary = "whether events are being stored, and the problems if not"
  let version: String
  let sign: DatabaseSign
  let status: @Sendable () -> ServerStatus

  func respond(to request: Request, in context: AdminContext) async -> Response {
    let failure = await sign.failure()
    let report = HealthAnswer(status: status(), failure: failure, version: version)
    return .json(
      report, status: report.isHealthy ? .ok : .serviceUnavailable,
      headers: report.isHealthy ? [:] : [.retryAfter: "1"])
  }
}

/// `GET /livez`: whether the process answers. It checks nothing else, so that an unavailable database does
/// not cause a restart of the process.
struct LivenessRoute: Route {
  let path = "/livez"
  let access = RouteAccess.open
  let summary = "whether the process answers"

  func respond(to request: Request, in context: AdminContext) -> Response {
    .json(Readiness(status: "alive", reason: nil))
  }
}

/// `GET /readyz`: whether to send traffic to this server.
struct ReadinessRoute: Route {
  let path = "/readyz"
  let access = RouteAccess.open
  let summary = "whether to send events here"
  let sign: DatabaseSign
  let status: @Sendable () -> ServerStatus

  func respond(to request: Request, in context: AdminContext) async -> Response {
    guard let reason = await obstacle() else { return .json(Readiness(status: "ready", reason: nil)) }
    return .json(
      Readiness(status: "not ready", reason: reason), status: .serviceUnavailable, headers: [.retryAfter: "1"]
    )
  }

  /// Returns why the server is not ready; nil when it is.
  private func obstacle() async -> String? {
    switch status().phase {
    case .starting: "The server is starting: migrations are not done."
    case .draining: "The server is shutting down."
    case .serving:
      if let failure = await sign.failure() {
        "The database does not answer (\(failure.description))."
      } else if status().storeUnavailableSince != nil {
        "The database answers, but events cannot be stored."
      } else if let failure = status().problems.first(where: \.kind.isFailure) {
        "Batches are not committed (\(failure.component): \(failure.reason))."
      } else {
        nil
      }
    }
  }
}

/// The answer of `GET /health`.
struct HealthAnswer: JSONWritable {
  let status: ServerStatus
  /// The reason why the database does not answer; nil when it does.
  let failure: QueryError?
  let version: String

  /// Whether events are stored. A database that answers queries may still refuse events, because of a full
  /// disk or a missing privilege, or may be unable to commit them, because of a lock.
  var isHealthy: Bool { state != "unhealthy" }

  private var isRefusing: Bool { status.storeUnavailableSince != nil || obstruction != nil }
  /// The failure that lasts longest.
  private var obstruction: ProblemFigures? { status.problems.first(where: \.kind.isFailure) }

  /// "healthy", "degraded" or "unhealthy".
  var state: String {
    if failure != nil || isRefusing { return "unhealthy" }
    return status.problems.isEmpty ? "healthy" : "degraded"
  }

  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("status", state)
      writer.member("database", isHealthy ? "connected" : failure == nil ? "refusing" : "disconnected")
      if !isHealthy {
        let refusal = obstruction?.reason ?? "The database answers, but events cannot be stored; see the log."
        let since = [status.storeUnavailableSince, obstruction?.since].compactMap { $0 }.min()
        writer.member("database_error", failure?.description ?? refusal)
        writer.member("disconnected_since", since.map(UTCTime.init(microseconds:)))
      }
      if !status.problems.isEmpty { problems(to: &writer) }
      writer.member("queue", status.queue.isFull ? "full" : "ok")
      writer.member("timestamp", UTCTime(microseconds: status.now))
      writer.member("uptime_seconds", status.uptime.seconds)
      writer.member("version", version)
    }
  }

  private func problems(to writer: inout JSONWriter) {
    writer.member("oldest_batch_seconds", status.queue.oldest?.seconds ?? 0)
    writer.name("problems")
    writer.array { writer in
      for problem in status.problems {
        writer.object { writer in
          writer.member("component", problem.component)
          writer.member("kind", problem.kind.rawValue)
          writer.member("reason", problem.reason)
          writer.member("since", UTCTime(microseconds: problem.since))
        }
      }
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
