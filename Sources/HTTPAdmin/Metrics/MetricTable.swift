import Ingest
internal import StoreInterface
import WireProtocol

/// All metrics: the source of `GET /metrics` and of `spec/metrics.md`.
enum MetricTable {
  /// All metrics in the order of the exposition.
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
      "sluice_input_events_total",
      .numbers(
        label: "input",
        InputName.allCases.map { input in
          (input.rawValue, { Double($0.status.activity.inputs[input]?.acceptedEvents ?? 0) })
        }),
      "Events in the accepted batches, by input: `tcp`, or the path of an HTTP route."),
    .counter(
      "sluice_settled_batches_total",
      .counted(
        by: "outcome", [("committed", \.committedBatches), ("replayed", \.replayedBatches)]),
      "Batches that were settled: `committed` by their own transaction, `replayed` if an earlier one had committed them.",
      alert: "its rate, summed, is below that of `sluice_accepted_batches_total` for 5 minutes"),
    .counter(
      "sluice_committed_events_total",
      .counted(
        by: "outcome",
        [("unique", \.uniqueEvents), ("duplicate", \.duplicateEvents), ("dead", \.deadEvents)]),
      "Events of the batches that this process committed. Events of replayed batches are not counted again.",
      alert: "`outcome=\"dead\"` rises: a producer sends events that can never be stored"),
    .counter(
      "sluice_refusals_total",
      .numbers(
        label: "code",
        ErrorCode.all.map { code in (code.name, { Double($0.status.activity.refusals[code, default: 0]) }) }),
      "Connections and batches that were refused or ended with an error, by its name in `spec/errors.json`.",
      alert: "`BAD_CHECKSUM`, `SEQUENCE_REUSED` or `PRODUCER_STALE` rises"),
    .counter(
      "sluice_committed_groups_total",
      .numbers(
        label: "strategy",
        StrategyName.allCases.map { strategy in
          (strategy.rawValue, { Double($0.status.activity.committedGroups[strategy, default: 0]) })
        }),
      "Groups of batches that were committed, by commit strategy."),
    .counter(
      "sluice_quota_delays_total", .counted(\.creditDelays),
      "Times at which a connection got no credit, or a request waited, because the quota was used up.",
      alert: "`rate(sluice_quota_delays_total[10m]) > 0` for 30 minutes: a principal exceeds its quota"),
    .counter(
      "sluice_group_retries_total", .counted(\.groupRetries),
      "Groups of batches whose transaction failed and was repeated.",
      alert: "`rate(sluice_group_retries_total[5m]) > 0` for 10 minutes"),
  ]

  private static let latencies: [Metric] = [
    .histogram(
      "sluice_accept_latency_seconds", \.status.acceptHistogram,
      "Time from a batch's last byte to its place in the queue."),
    .histogram(
      "sluice_commit_latency_seconds", \.status.commitHistogram,
      "Time from a batch's place in the queue to its settlement.",
      alert: "`histogram_quantile(0.99, rate(sluice_commit_latency_seconds_bucket[5m])) > 1` for 10 minutes"),
  ]

  private static let connections: [Metric] = [
    .gauge(
      "sluice_connections", .now(\.connections), "Open connections of producers.",
      alert: "above 80% of `limits.connections`"),
    .counter(
      "sluice_opened_connections_total", .counted(\.openedConnections),
      "Connections of producers that were opened.",
      alert: "it rises much faster than usual: producers connect and disconnect"),
    .counter(
      "sluice_received_bytes_total", .counted(\.receivedBytes),
      "Bytes received on connections of producers, as sent."),
    .counter(
      "sluice_tls_handshakes_total",
      .numbers(
        label: "outcome",
        [
          ("completed", { @Sendable scrape in Double(scrape.status.tls.completedHandshakes) }),
          ("failed", { @Sendable scrape in Double(scrape.status.tls.failedHandshakes) }),
        ]),
      "TLS handshakes of producers; the log category `security` has the reasons of failures.",
      alert: "`outcome=\"failed\"` rises: a client has the wrong certificate or speaks no TLS"),
    .counter(
      "sluice_tls_handshake_cpu_seconds_total", .number { $0.status.tls.processorTime.seconds },
      "Processor time of these handshakes."),
    .counter(
      "sluice_http_tls_handshakes_total",
      .numbers(
        label: "outcome",
        [
          ("completed", { @Sendable scrape in Double(scrape.status.tls.http.completed) }),
          ("failed", { @Sendable scrape in Double(scrape.status.tls.http.failed) }),
        ]),
      "TLS handshakes of the HTTP port; the log category `security` has the reasons of failures.",
      alert: "`outcome=\"failed\"` rises: a client has the wrong certificate or speaks no TLS"),
    .gauge(
      "sluice_tls_certificate_end_seconds", .number { $0.status.tls.certificateEnd.map { Double($0) } ?? 0 },
      "End of the server's certificate in seconds since 1970; 0 without TLS.",
      alert: "above 0 and below `time() + 14 * 86400`: renew the certificate"),
  ]

  private static let queue: [Metric] = [
    .gauge(
      "sluice_queue_batches", .now(\.queue.batches),
      "Batches that are not settled: they wait for a writer, or a writer commits them.",
      alert: "above 60% of `sluice_queue_limit_batches` for 5 minutes: the database is the bottleneck"),
    .gauge(
      "sluice_queue_limit_batches", .now(\.queue.limitBatches),
      "Maximum number of batches that are not settled (`queue.batches`)."),
    .gauge(
      "sluice_queue_bytes", .now(\.queue.bytes), "Raw bytes of the batches that are not settled.",
      alert: "above 60% of `sluice_queue_limit_bytes` for 5 minutes: the database is the bottleneck"),
    .gauge(
      "sluice_queue_limit_bytes", .now(\.queue.limitBytes),
      "Maximum raw bytes of the batches that are not settled (`queue.bytes`)."
    ),
    .gauge(
      "sluice_queue_oldest_seconds", .number { $0.status.queue.oldest?.seconds ?? 0 },
      "Time since the oldest batch that is not settled was accepted; 0 when all are settled.",
      alert: "above 10 for a minute"),
    .gauge(
      "sluice_problems",
      .numbers(
        label: "kind",
        HealthProblem.Kind.allCases.map { kind in
          (kind.rawValue, { scrape in Double(scrape.status.problems.count { $0.kind == kind }) })
        }),
      "Problems that have lasted for `timeouts.stall` or longer; `/health` gives the reasons. All but `retention` keep batches from being committed.",
      alert: "above 0 for a minute, except `retention`"),
    .gauge(
      "sluice_problem_seconds", .number { $0.status.problems.map(\.lasted.seconds).max() ?? 0 },
      "Time since the oldest of these problems began; 0 without a problem."),
    .gauge("sluice_writers", .now(\.writers.count), "Writers (`writers.count`)."),
    .gauge(
      "sluice_busy_writers", .now(\.writers.busy), "Writers that are working on a group.",
      alert: "equal to `sluice_writers` for 15 minutes"),
  ]

  private static let database: [Metric] = [
    .gauge(
      "sluice_database_up", .number { $0.totals == nil ? 0 : 1 },
      "1 when the database returned its counters for this scrape; else 0, and those counters are absent.",
      alert: "0 for a minute"),
    .gauge(
      "sluice_database_away_seconds", .number(unavailableSeconds),
      "Time since the writers lost the database; 0 while they reach it.",
      alert: "above 30"),
    .counter(
      "sluice_database_events_total",
      .stored(by: "outcome", [("unique", \.unique), ("duplicate", \.duplicate), ("dead", \.dead)]),
      "Committed events since the schema was created, of all servers; each server shows the same number: take the `max`."
    ),
    .counter(
      "sluice_database_received_events_total", .number { $0.totals.map { Double($0.received) } },
      "Received events since the schema was created, of all servers, read together with the committed ones.",
      alert: "differs from the sum of `sluice_database_events_total`: events are missing or counted twice"),
    .counter(
      "sluice_database_conflicts_total", .number { $0.totals.map { Double($0.conflicts) } },
      "Duplicates whose payload differed from the stored event, if `conflicts.detect` is on; of all servers.",
      alert: "it rises: two producers use one event id for different events"),
  ]

  private static let maintenance: [Metric] = [
    .counter(
      "sluice_pruned_batches_total", .counted(\.maintenance.prunedBatches),
      "Rows that this process pruned from the ledger; one server at a time prunes: take the sum."),
    .counter(
      "sluice_forgotten_producers_total", .counted(\.maintenance.forgottenProducers),
      "Producers that this process deleted because no server had seen them for long."),
    .counter(
      "sluice_expired_events_total",
      .counted(
        by: "kind",
        [("stored", \.maintenance.expiredEvents), ("dead", \.maintenance.expiredDeadEvents)]),
      "Events that this process deleted because of their age (`retention.age`, `retention.dead.age`)."),
    .counter(
      "sluice_returned_events_total", .counted(\.maintenance.returnedEvents),
      "Dead events that this process stored later, because the reason of their refusal no longer applied."),
    .counter(
      "sluice_republished_events_total", .counted(\.republishedEvents),
      "Dead events that somebody published again on this server (`POST /dead/{dead_id}/republish`)."),
    .gauge(
      "sluice_retention_overdue_seconds", .number { $0.status.retentionOverdue.seconds },
      "Time since the oldest event that this server's retention found should have been deleted; 0 when none is left. One server at a time deletes: take the `max`.",
      alert: "above 60 for 10 minutes"),
  ]

  private static let reading: [Metric] = [
    .counter(
      "sluice_http_answers_total",
      .numbers(
        label: "status",
        AnswerCounts.statuses.map { status in
          ("\(status)", { Double($0.answers[status, default: 0]) })
        } + [("other", otherAnswers)]),
      "Answers of the HTTP server, by status; refused requests are those from 400 on.",
      alert: "`500` rises: the log has the reason; `503` rises: the queue is full or the database unavailable"
    ),
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
      "Bytes of the batches that are being received, that wait, and that are in a transaction.",
      alert: "above 95% of `sluice_ingest_memory_limit_bytes` for 5 minutes"),
    .gauge(
      "sluice_ingest_memory_limit_bytes", .now(\.memory.ingestLimit),
      "Maximum bytes of these batches (`ingest.memory`)."),
    .gauge(
      "sluice_resident_memory_bytes", .number { $0.status.memory.resident.map { Double($0) } },
      "Resident memory of the process; absent where the system does not report it.",
      alert: "near the limit of its container"),
    .gauge(
      "sluice_uptime_seconds", .number { $0.status.uptime.seconds }, "Time since the process started.",
      alert: "`resets(sluice_uptime_seconds[1h]) > 2`: the process does not stay up"),
    .gauge(
      "sluice_build_info", .text(label: "version") { $0.version },
      "Always 1; its label is the version of the server."),
  ]

  private static let unavailableSeconds: Metric.Number = { scrape in
    let status = scrape.status
    return status.storeUnavailableSince.map { Double(status.now - $0) / 1e6 } ?? 0
  }
}
