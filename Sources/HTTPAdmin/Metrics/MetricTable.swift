import Ingest
import WireProtocol

/// Every metric there is: the source of `GET /metrics` and of `spec/metrics.md`.
enum MetricTable {
  /// All of them, in the order of the exposition.
  static let all = ingest + latencies + connections + queue + database + maintenance + reading + process

  private static let ingest: [Metric] = [
    .counter(
      "sluice_accepted_batches_total", .counted(\.acceptedBatches),
      "Batches that the queue accepted, over TCP and HTTP.",
      alert: "`rate(sluice_accepted_batches_total[5m]) == 0` where there is always traffic"),
    .counter(
      "sluice_accepted_events_total", .counted(\.acceptedEvents), "Events in the accepted batches."),
    .counter(
      "sluice_accepted_bytes_total", .counted(\.acceptedBytes),
      "Raw bytes of the accepted batches, before compression."),
    .counter(
      "sluice_settled_batches_total",
      .counted(
        by: "outcome", [("committed", \.committedBatches), ("replayed", \.replayedBatches)]),
      "Batches that were settled: by a transaction of their own, or because an earlier one had committed them.",
      alert: "its rate, summed, is below that of `sluice_accepted_batches_total` for 5 minutes"),
    .counter(
      "sluice_committed_events_total",
      .counted(
        by: "outcome",
        [("unique", \.uniqueEvents), ("duplicate", \.duplicateEvents), ("dead", \.deadEvents)]),
      "Events of the batches that this process committed; those of replayed batches are not counted again.",
      alert: "`outcome=\"dead\"` rises: a producer sends events that can never be stored"),
    .counter(
      "sluice_refusals_total",
      .numbers(
        label: "code",
        ErrorCode.all.map { code in (code.name, { Double($0.status.activity.refusals[code, default: 0]) }) }),
      "Connections and batches that were refused, or ended with an error, by its name in `spec/errors.json`.",
      alert: "`BAD_CHECKSUM`, `SEQUENCE_REUSED` or `PRODUCER_STALE` rises"),
    .counter(
      "sluice_group_retries_total", .counted(\.groupRetries),
      "Groups of batches whose transaction failed and was run again.",
      alert: "`rate(sluice_group_retries_total[5m]) > 0` for 10 minutes"),
  ]

  private static let latencies: [Metric] = [
    .histogram(
      "sluice_accept_latency_seconds", \.status.acceptHistogram,
      "From a batch's last byte to its place in the queue."),
    .histogram(
      "sluice_commit_latency_seconds", \.status.commitHistogram,
      "From a batch's place in the queue to its settlement.",
      alert: "`histogram_quantile(0.99, rate(sluice_commit_latency_seconds_bucket[5m])) > 1` for 10 minutes"),
  ]

  private static let connections: [Metric] = [
    .gauge(
      "sluice_connections", .now(\.connections), "Open connections of producers.",
      alert: "above 80% of `limits.connections`"),
    .counter(
      "sluice_opened_connections_total", .counted(\.openedConnections),
      "Connections of producers that were opened.",
      alert: "it rises much faster than usual: producers come and go"),
    .counter(
      "sluice_received_bytes_total", .counted(\.receivedBytes),
      "Bytes received on connections of producers, as sent."),
  ]

  private static let queue: [Metric] = [
    .gauge("sluice_queue_batches", .now(\.queue.batches), "Batches that wait for a writer."),
    .gauge(
      "sluice_queue_bytes", .now(\.queue.bytes), "Raw bytes of the batches that wait.",
      alert: "above 90% of `sluice_queue_limit_bytes` for 5 minutes: the database is the bottleneck"),
    .gauge(
      "sluice_queue_limit_bytes", .now(\.queue.limitBytes), "How many raw bytes may wait (`queue.bytes`)."),
    .gauge(
      "sluice_queue_oldest_seconds", .number { $0.status.queue.oldest?.seconds ?? 0 },
      "How long the oldest batch has waited; 0 when none waits.",
      alert: "above 10 for a minute"),
    .gauge("sluice_writers", .now(\.writers.count), "Writers (`writers`)."),
    .gauge(
      "sluice_busy_writers", .now(\.writers.busy), "Writers that have a group in hand.",
      alert: "equal to `sluice_writers` for 15 minutes"),
  ]

  private static let database: [Metric] = [
    .gauge(
      "sluice_database_up", .number { $0.totals == nil ? 0 : 1 },
      "1 when the database told its counters for this scrape; else 0, and those counters are absent.",
      alert: "0 for a minute"),
    .gauge(
      "sluice_database_away_seconds", .number(awaySeconds),
      "How long the writers have not reached the database; 0 while they do.",
      alert: "above 30"),
    .counter(
      "sluice_database_events_total",
      .stored(by: "outcome", [("unique", \.unique), ("duplicate", \.duplicate), ("dead", \.dead)]),
      "Committed events since the schema was made, of all servers; each tells the same: take the `max`."
    ),
    .counter(
      "sluice_database_received_events_total", .number { $0.totals.map { Double($0.received) } },
      "Received events since the schema was made, of all servers, read together with the committed ones.",
      alert: "differs from the sum of `sluice_database_events_total`: events are missing, or counted twice"),
    .counter(
      "sluice_database_conflicts_total", .number { $0.totals.map { Double($0.conflicts) } },
      "Duplicates whose payload differed, where `conflicts.detect` is on; of all servers, like the events.",
      alert: "it rises: two producers use one key for different events"),
  ]

  private static let maintenance: [Metric] = [
    .counter(
      "sluice_pruned_batches_total", .counted(\.maintenance.prunedBatches),
      "Rows that this process pruned from the ledger; any server may be the one that does it."),
    .counter(
      "sluice_forgotten_producers_total", .counted(\.maintenance.forgottenProducers),
      "Producers that this process deleted because nobody saw them for long."),
    .counter(
      "sluice_expired_events_total",
      .counted(
        by: "kind",
        [("stored", \.maintenance.expiredEvents), ("dead", \.maintenance.expiredDeadEvents)]),
      "Events that this process deleted because of their age (`retention.age`, `retention.dead.age`)."),
  ]

  private static let reading: [Metric] = [
    .counter(
      "sluice_http_answers_total",
      .numbers(
        label: "status",
        AnswerCounts.statuses.map { status in
          ("\(status)", { Double($0.answers[status, default: 0]) })
        } + [("other", otherAnswers)]),
      "Answers of the HTTP side, by status; refused requests are those from 400 on.",
      alert: "`500` rises: its log says why; `503` rises: the queue is full, or the database away"),
    .gauge(
      "sluice_tail_subscribers", .number { Double($0.subscribers) }, "Subscribers to the live tail.",
      alert: "equal to `tail.subscribers`: more are refused"),
  ]

  private static let otherAnswers: Metric.Number = { scrape in
    let others = scrape.answers.filter { !AnswerCounts.statuses.contains($0.key) }
    return Double(others.values.reduce(0, +))
  }

  private static let process: [Metric] = [
    .gauge(
      "sluice_ingest_memory_bytes", .now(\.memory.ingest),
      "Bytes that batches take: those being received, those that wait, and those in a transaction.",
      alert: "above 95% of `sluice_ingest_memory_limit_bytes` for 5 minutes"),
    .gauge(
      "sluice_ingest_memory_limit_bytes", .now(\.memory.ingestLimit),
      "How many bytes they may take (`ingest.memory`)."),
    .gauge(
      "sluice_resident_memory_bytes", .number { $0.status.memory.resident.map { Double($0) } },
      "Memory of the process that is in RAM; absent where the system does not tell it.",
      alert: "near the limit of its container"),
    .gauge(
      "sluice_uptime_seconds", .number { $0.status.uptime.seconds }, "How long the process has run.",
      alert: "`resets(sluice_uptime_seconds[1h]) > 2`: it does not stay up"),
    .gauge(
      "sluice_build_info", .text(label: "version") { $0.version },
      "Always 1; its label is the version of the server."),
  ]

  private static let awaySeconds: Metric.Number = { scrape in
    let status = scrape.status
    return status.storeAwaySince.map { Double(status.now - $0) / 1e6 } ?? 0
  }
}
