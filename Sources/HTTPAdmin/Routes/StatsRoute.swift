import Hummingbird
import Ingest
import Principals
internal import StoreInterface
internal import TextFormats
import WireProtocol

/// `GET /stats`: the counters of all servers that use this database, and the figures of this server.
struct StatsRoute: Route {
  let path = "/stats"
  let access = RouteAccess.role(.read)
  let summary = "counters, rates, latencies, queue: fresh"
  let version: String
  let queries: any EventQueries
  let status: @Sendable () -> ServerStatus

  private static let known = KnownParameters(["fresh"])

  func respond(to request: Request, in context: AdminContext) async throws -> Response {
    _ = try request.negotiated([.json])
    let parameters = QueryParameters(request)
    let ignored = try Self.known.ignored(in: parameters)
    if try parameters.isTrue("fresh") { _ = try await queries.totals() }
    async let totals = queries.recentTotals()
    async let topics = queries.topicNames()
    let permitted = context.permittedTopics
    async let servers = servers(for: permitted)
    return .json(
      Statistics(
        totals: try await totals, topics: try await topics.limited(to: permitted),
        servers: try await servers, status: status(), version: version, isLimited: permitted != nil,
        ignored: ignored))
  }

  /// Returns the servers for a reader who sees them; otherwise the store is not asked.
  private func servers(for permitted: PermittedTopics?) async throws -> [StoredServer]? {
    permitted == nil ? try await queries.servers() : nil
  }
}

/// The answer of `GET /stats`.
struct Statistics: JSONWritable {
  let totals: RecentTotals
  let topics: TopicNames
  /// The servers of the database; nil for a reader who does not see them.
  let servers: [StoredServer]?
  let status: ServerStatus
  let version: String
  /// Whether the reader may not see all topics. The counts of events of all topics are then null.
  var isLimited = false
  /// The parameters of the request that the server does not know.
  var ignored: [String] = []

  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writeTotals(to: &writer)
      writer.member("topics", topics.names)
      writer.member("topics_count", topics.count)
      writer.member("uptime_seconds", status.uptime.components.seconds)
      writer.member("started_at", UTCTime(microseconds: status.startedAt))
      writer.member("status", state)
      writer.member("phase", status.phase.rawValue)
      writer.member("throughput") { writer in
        writer.member("accepted", isLimited ? nil : status.accepted)
        writer.member("committed", isLimited ? nil : status.committed)
      }
      writer.member("latency_ms") { writer in
        writer.member("accept", status.acceptLatency)
        writer.member("commit", status.commitLatency)
      }
      writer.member("queue", status.queue)
      writer.member("writers", status.writers)
      writer.member("retention_overdue_seconds", status.retentionOverdue.seconds)
      writer.member("connections", status.connections)
      writer.member("version", version)
      writer.member("servers", servers)
      writer.member("inputs") { writer in
        for input in InputName.allCases {
          writer.member(input.rawValue, isLimited ? nil : status.activity.inputs[input] ?? InputCounts())
        }
      }
      writeFormerNames(to: &writer)
      if !ignored.isEmpty { writer.member("ignored_parameters", ignored) }
    }
  }

  /// The phase, or while the server serves, its health as `/health` shows it. The database has just answered.
  private var state: String {
    guard status.phase == .serving else { return status.phase.rawValue }
    return HealthAnswer(status: status, failure: nil, version: version).state
  }

  /// Writes some values again, under the names that clients of older aggregators read.
  private func writeFormerNames(to writer: inout JSONWriter) {
    let totals = isLimited ? nil : totals.totals
    writer.member("received_count", totals?.received)
    writer.member("unique_processed_count", totals?.unique)
    writer.member("duplicate_dropped_count", totals?.duplicate)
    writer.member("queue_length", status.queue.batches)
  }

  private func writeTotals(to writer: inout JSONWriter) {
    writer.member("counters_at", UTCTime(microseconds: totals.readAt))
    let totals = isLimited ? nil : totals.totals
    writer.member("received", totals?.received)
    writer.member("unique_processed", totals?.unique)
    writer.member("duplicate_dropped", totals?.duplicate)
    writer.member("dead", totals?.dead)
    writer.member("republished", isLimited ? nil : status.activity.republishedEvents)
    // nil when detection is off: the counter would only show an earlier period in which it was on.
    writer.member("conflicts", status.detectsConflicts ? totals?.conflicts : nil)
    writer.member("duplicate_rate", totals.map(Self.duplicateRate))
  }

  /// Duplicates divided by received events, 0 to 1, rounded to six digits; 0 before the first event.
  private static func duplicateRate(_ totals: StoreTotals) -> Double {
    guard totals.received > 0 else { return 0 }
    return (Double(totals.duplicate) / Double(totals.received) * 1e6).rounded() / 1e6
  }
}

extension StoredServer: JSONWritable {
  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("id", id.description)
      writer.member("name", description.name)
      writer.member("address", description.address)
      writer.member("version", description.version)
      writer.member("started_at", UTCTime(microseconds: startedAt))
      writer.member("seen_at", UTCTime(microseconds: seenAt))
      writer.member("alive", isAlive)
      writer.member("maintenance", doesMaintenance)
    }
  }
}

extension EventRates: JSONWritable {
  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("per_second_1s", over1s.tenths)
      writer.member("per_second_10s", over10s.tenths)
      writer.member("per_second_60s", over60s.tenths)
    }
  }
}

extension LatencyFigures: JSONWritable {
  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("p50", p50.milliseconds)
      writer.member("p95", p95.milliseconds)
      writer.member("p99", p99.milliseconds)
      writer.member("max", max.milliseconds)
    }
  }
}

extension InputCounts: JSONWritable {
  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("batches", acceptedBatches)
      writer.member("events", acceptedEvents)
      writer.member("unique", uniqueEvents)
      writer.member("duplicate", duplicateEvents)
      writer.member("dead", deadEvents)
    }
  }
}

extension QueueFigures: JSONWritable {
  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("batches", batches)
      writer.member("bytes", bytes)
      writer.member("limit_bytes", limitBytes)
      writer.member("limit_batches", limitBatches)
      writer.member("oldest_ms", oldest?.milliseconds)
    }
  }
}

extension WriterFigures: JSONWritable {
  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("count", count)
      writer.member("busy", busy)
    }
  }
}

extension Double {
  /// The number rounded to one decimal place.
  fileprivate var tenths: Double { (self * 10).rounded() / 10 }
}
