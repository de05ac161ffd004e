import Hummingbird
import Ingest
import Principals
internal import StoreInterface
internal import TextFormats
import WireProtocol

/// `GET /history`: the figures of this process in the last hour, by interval.
struct HistoryRoute: Route {
  let path = "/history"
  let access = RouteAccess.role(.read)
  let summary = "figures of the last hour, each second for 5 minutes and each 10 s for an hour: since"
  let status: @Sendable () -> ServerStatus
  /// Returns the intervals that ended after a time, in microseconds since 1970; nil asks for all that are kept.
  let series: @Sendable (_ since: Int64?) -> [HistorySeries]

  private static let known = KnownParameters(["since"])

  func respond(to request: Request, in context: AdminContext) async throws -> Response {
    _ = try request.negotiated([.json])
    let parameters = QueryParameters(request)
    let ignored = try Self.known.ignored(in: parameters)
    let status = status()
    let since = try parameters.time("since", now: UTCTime(microseconds: status.now))
    return .json(
      HistoryAnswer(
        startedAt: status.startedAt,
        series: series(since).map { series in
          SeriesAnswer(
            series: series, topics: series.topics(HistoryRoute.mostTopics, where: context.mayRead),
            countsConflicts: status.detectsConflicts, isLimited: context.permittedTopics != nil)
        }, ignored: ignored))
  }

  /// Maximum number of topics in a series.
  static let mostTopics = 20
}

/// The answer of `GET /history`.
private struct HistoryAnswer: JSONWritable {
  let startedAt: Int64
  let series: [SeriesAnswer]
  let ignored: [String]

  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("started_at", UTCTime(microseconds: startedAt))
      writer.member("series", series)
      if !ignored.isEmpty { writer.member("ignored_parameters", ignored) }
    }
  }
}

/// The intervals of one length, with an array for each figure.
private struct SeriesAnswer: JSONWritable {
  let series: HistorySeries
  let topics: [HistorySeries.Topic]
  /// Whether conflicts are counted.
  let countsConflicts: Bool
  /// Whether the reader may not see all topics. The counts of events of all topics are then null.
  let isLimited: Bool

  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("interval_seconds", Int(series.interval.components.seconds))
      writer.member("until", UTCTime(microseconds: series.end))
      writer.member("figures") { writer in
        writeCounts(to: &writer)
        writeStates(to: &writer)
        writer.member("accept_p50_ms", latencies(\.acceptP50))
        writer.member("accept_p99_ms", latencies(\.acceptP99))
        writer.member("commit_p50_ms", latencies(\.commitP50))
        writer.member("commit_p99_ms", latencies(\.commitP99))
      }
      writer.member("topics", topics)
    }
  }

  private func writeCounts(to writer: inout JSONWriter) {
    writer.member("received", counts(\.received))
    writer.member("unique", counts(\.unique))
    writer.member("duplicates", counts(\.duplicates))
    writer.member("conflicts", countsConflicts ? counts(\.conflicts) : series.intervals.map { _ in nil })
    writer.member("dead", counts(\.dead))
    writer.member("refused", counts(\.refused))
    writer.member("bytes", counts(\.bytes))
  }

  private func writeStates(to writer: inout JSONWriter) {
    let states = series.intervals.map(\.state)
    writer.member("queued", states.map { $0?.queued })
    writer.member("queue_age_ms", states.map { $0.map { Double($0.queueAge) / 1_000 } })
    writer.member("connections", states.map { $0.map { Int($0.connections) } })
    writer.member("writers_busy", states.map { $0.map { Int($0.busyWriters) } })
    writer.member("store_available", states.map { $0?.isStoreAvailable })
  }

  private func counts(_ figure: KeyPath<HistoryInterval.Counts, Int>) -> [Int?] {
    series.intervals.map { isLimited ? nil : $0.counts?[keyPath: figure] }
  }

  /// The percentiles in milliseconds.
  private func latencies(_ figure: KeyPath<HistoryInterval.Latencies, Int32?>) -> [Double?] {
    series.intervals.map { interval in
      interval.latencies?[keyPath: figure].map { Double($0) / 1_000 }
    }
  }
}

extension HistorySeries.Topic: JSONWritable {
  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("topic", name)
      writer.member("unique", unique)
    }
  }
}
