#if Metrics
  internal import Metrics
  import Synchronization

  /// The metrics of one producer (`swift-metrics`). No metric has a label for a server, topic or identity, so their
  /// number is bounded.
  ///
  /// | metric | kind | meaning |
  /// |---|---|---|
  /// | `sluice_client_outbox_batches` | gauge | unsettled batches |
  /// | `sluice_client_outbox_bytes` | gauge | their bytes as they are kept, mostly compressed |
  /// | `sluice_client_batches_total` | counter | batches by `outcome`: committed, refused, expired, dropped, given_up |
  /// | `sluice_client_events_total` | counter | events by `outcome`: unique, duplicate, dead, committed (counts unknown), refused, expired, dropped, given_up |
  /// | `sluice_client_commit_duration_seconds` | timer | from publishing to the commit, for committed batches |
  final class ProducerMetrics: Sendable {
    private struct Depth {
      var batches = 0
      var bytes = 0
    }

    private static let failures = ["refused", "expired", "dropped", "given_up"]

    private let batches: [String: Counter]
    private let events: [String: Counter]
    private let duration: Timer
    private let outboxBatches: Gauge
    private let outboxBytes: Gauge
    private let depths = Mutex<[Int: Depth]>([:])

    init(_ factory: any MetricsFactory) {
      func counters(_ label: String, _ outcomes: [String]) -> [String: Counter] {
        Dictionary(
          uniqueKeysWithValues: outcomes.map {
            ($0, Counter(label: label, dimensions: [("outcome", $0)], factory: factory))
          })
      }
      batches = counters("sluice_client_batches_total", ["committed"] + Self.failures)
      events = counters(
        "sluice_client_events_total", ["unique", "duplicate", "dead", "committed"] + Self.failures)
      duration = Timer(label: "sluice_client_commit_duration_seconds", dimensions: [], factory: factory)
      outboxBatches = Gauge(label: "sluice_client_outbox_batches", dimensions: [], factory: factory)
      outboxBytes = Gauge(label: "sluice_client_outbox_bytes", dimensions: [], factory: factory)
    }

    /// Counts a batch that is committed or given up.
    func settled(_ end: BatchObservation.End) {
      switch end.outcome {
      case .success(let counts):
        duration.record(duration: end.duration)
        batches["committed"]?.increment()
        guard let unique = counts.unique, let duplicate = counts.duplicate, let dead = counts.dead else {
          events["committed"]?.increment(by: counts.received)
          return
        }
        for (outcome, count) in [("unique", unique), ("duplicate", duplicate), ("dead", dead)] where count > 0
        {
          events[outcome]?.increment(by: count)
        }
      case .failure(let error):
        let outcome = Self.outcome(error.code)
        batches[outcome]?.increment()
        events[outcome]?.increment(by: end.events)
      }
    }

    /// Shows the depth of a channel's outbox; the gauges show the sums over all channels.
    func outboxChanged(_ channel: Int, batches: Int, bytes: Int) {
      let sum = depths.withLock { depths in
        depths[channel] = Depth(batches: batches, bytes: bytes)
        return depths.values.reduce(into: Depth()) {
          $0.batches += $1.batches
          $0.bytes += $1.bytes
        }
      }
      outboxBatches.record(sum.batches)
      outboxBytes.record(sum.bytes)
    }

    private static func outcome(_ code: ProducerError.Code) -> String {
      switch code {
      case .batchExpired: "expired"
      case .dropped, .outboxFull: "dropped"
      case .batchRefused, .batchTooLarge, .topicNotAllowed: "refused"
      default: "given_up"
      }
    }
  }
#endif
