/// The result of a run, as `--json` writes it. The names are part of the command's interface.
struct Report: Encodable, Sendable {
  /// Waiting times of batches in milliseconds; nil when there was none.
  struct Percentiles: Encodable, Sendable {
    let p50, p95, p99, max: Nullable<Double>

    init(_ latencies: Latencies) {
      p50 = Nullable(latencies.milliseconds(atPercentile: 50))
      p95 = Nullable(latencies.milliseconds(atPercentile: 95))
      p99 = Nullable(latencies.milliseconds(atPercentile: 99))
      max = Nullable(latencies.longestMilliseconds)
    }
  }

  let eventsSent: UInt64
  /// Nil when the events came from a file.
  let uniqueExpected: Nullable<UInt64>
  let batches: UInt64
  /// Events of accepted batches, and so on: `committed = unique + duplicates + dead` when all counts are
  /// known.
  let accepted, committed, unique, duplicates, dead: UInt64
  /// Batches that are committed with unknown counts.
  let unknownBatches: UInt64
  /// Nil without `--verify`: only the server knows.
  let conflicts: Nullable<Int64>
  let seconds, eventsPerSecond: Double
  let bytesRaw, bytesWire: Int
  let ackAcceptedMs, ackCommittedMs: Percentiles
  let reconnects, resentBatches, droppedBatches, expiredBatches, recoveredBatches, badLines: Int
  /// Nil without `--verify`.
  let verified: Nullable<Bool>

  private enum CodingKeys: String, CodingKey {
    case eventsSent = "events_sent"
    case uniqueExpected = "unique_expected"
    case batches, accepted, committed, unique, duplicates, dead
    case unknownBatches = "unknown_batches"
    case conflicts, seconds
    case eventsPerSecond = "events_per_second"
    case bytesRaw = "bytes_raw"
    case bytesWire = "bytes_wire"
    case ackAcceptedMs = "ack_accepted_ms"
    case ackCommittedMs = "ack_committed_ms"
    case reconnects
    case resentBatches = "resent_batches"
    case droppedBatches = "dropped_batches"
    case expiredBatches = "expired_batches"
    case recoveredBatches = "recovered_batches"
    case badLines = "bad_lines"
    case verified
  }

  init(_ result: Run.Result, moment: RunPlan.Moment, verification: Verification?) {
    let totals = result.totals
    eventsSent = totals.sent
    uniqueExpected = Nullable(result.uniqueExpected)
    batches = totals.batches
    accepted = totals.accepted
    committed = totals.committed
    unique = totals.unique
    duplicates = totals.duplicates
    dead = totals.dead
    unknownBatches = totals.unknownBatches
    conflicts = Nullable(verification?.difference.conflicts)
    seconds = result.elapsed / .seconds(1)
    eventsPerSecond = seconds > 0 ? Double(moment == .accepted ? accepted : committed) / seconds : 0
    bytesRaw = result.traffic.rawBytes
    bytesWire = result.traffic.sentBytes
    ackAcceptedMs = Percentiles(totals.acceptedTimes)
    ackCommittedMs = Percentiles(totals.committedTimes)
    reconnects = result.traffic.reconnects
    resentBatches = result.traffic.resentBatches
    droppedBatches = result.traffic.droppedBatches
    expiredBatches = result.traffic.expiredBatches
    recoveredBatches = result.traffic.recoveredBatches
    badLines = result.badLines
    verified = Nullable(verification.map { $0.problem == nil })
  }
}
