import Base
import Foundation

/// Result of a run, as `--json` prints it. The field names are part of the command's interface.
struct Report: Encodable, Sendable {
  /// Latencies of batches in milliseconds; nil when there was no batch.
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
  /// Numbers of events. When all counts are known, `committed = unique + duplicates + dead`.
  let accepted, committed, unique, duplicates, dead: UInt64
  /// Committed batches with unknown counts.
  let unknownBatches: UInt64
  /// The first different reasons of dead events; empty without dead events, and when nobody told the reasons.
  let deadReasons: [String]
  /// Nil without `--verify`, because only the server counts conflicts.
  let conflicts: Nullable<Int64>
  let seconds, eventsPerSecond: Double
  let bytesRaw, bytesWire: Int
  /// Times from the moment at which `--rate` plans a batch.
  let ackAcceptedMs, ackCommittedMs: Percentiles
  /// Times from the call that publishes a batch. They leave out how late the program made the call.
  let publishToCommittedMs: Percentiles
  let reconnects, resentBatches, droppedBatches, expiredBatches, recoveredBatches, badLines: Int
  /// Nil without `--verify`.
  let verified: Nullable<Bool>

  private enum CodingKeys: String, CodingKey {
    case eventsSent = "events_sent"
    case uniqueExpected = "unique_expected"
    case batches, accepted, committed, unique, duplicates, dead
    case unknownBatches = "unknown_batches"
    case deadReasons = "dead_reasons"
    case conflicts, seconds
    case eventsPerSecond = "events_per_second"
    case bytesRaw = "bytes_raw"
    case bytesWire = "bytes_wire"
    case ackAcceptedMs = "ack_accepted_ms"
    case ackCommittedMs = "ack_committed_ms"
    case publishToCommittedMs = "publish_to_committed_ms"
    case reconnects
    case resentBatches = "resent_batches"
    case droppedBatches = "dropped_batches"
    case expiredBatches = "expired_batches"
    case recoveredBatches = "recovered_batches"
    case badLines = "bad_lines"
    case verified
  }

  init(
    _ result: Run.Result, moment: RunPlan.Moment, verification: Verification?, deadReasons: [String] = []
  ) {
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
    self.deadReasons = deadReasons
    conflicts = Nullable(verification?.difference.conflicts)
    seconds = result.elapsed / .seconds(1)
    eventsPerSecond = seconds > 0 ? Double(moment == .accepted ? accepted : committed) / seconds : 0
    bytesRaw = result.traffic.rawBytes
    bytesWire = result.traffic.sentBytes
    ackAcceptedMs = Percentiles(totals.acceptedTimes)
    ackCommittedMs = Percentiles(totals.committedTimes)
    publishToCommittedMs = Percentiles(totals.publishTimes)
    reconnects = result.traffic.reconnects
    resentBatches = result.traffic.resentBatches
    droppedBatches = result.traffic.droppedBatches
    expiredBatches = result.traffic.expiredBatches
    recoveredBatches = result.traffic.recoveredBatches
    badLines = result.badLines
    verified = Nullable(verification.map { $0.problem == nil })
  }
}

extension Report {
  /// The report as one line of JSON.
  func json() -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return VisibleText.shownJSON(String(decoding: try encoder.encode(self), as: UTF8.self))
    } catch {
      preconditionFailure("a report of numbers can be written: \(error)")
    }
  }

  /// The report as a few lines for people.
  func text(_ verification: Verification?) -> String {
    let unknown = unknownBatches > 0 ? ", \(unknownBatches) batches unknown" : ""
    var lines = [
      line("sent", "\(Quantity.grouped(eventsSent)) events in \(Quantity.grouped(batches)) batches"),
      line("accepted", Quantity.grouped(accepted)),
      line(
        "committed",
        """
        \(Quantity.grouped(committed)): \(Quantity.grouped(unique)) unique, \(Quantity.grouped(duplicates)) \
        duplicate, \(Quantity.grouped(dead)) dead\(unknown)
        """),
    ]
    if !deadReasons.isEmpty {
      lines.append(line("dead because", VisibleText.shown(deadReasons.joined(separator: "; "))))
    }
    if let uniqueExpected = uniqueExpected.value {
      lines.append(line("expected", "\(Quantity.grouped(uniqueExpected)) unique keys"))
    }
    lines += [
      line(
        "time",
        "\(Quantity.fixed(seconds, digits: 2)) s, \(Quantity.grouped(UInt64(eventsPerSecond))) events/s"),
      line("bytes", "\(Quantity.bytes(bytesRaw)) of columns, \(Quantity.bytes(bytesWire)) on the wire"),
      line("accepted in", Self.text(ackAcceptedMs)),
      line("committed in", Self.text(ackCommittedMs)),
    ]
    if reconnects + resentBatches > 0 {
      lines.append(line("connections", "\(reconnects) opened again, \(resentBatches) batches sent again"))
    }
    if recoveredBatches > 0 { lines.append(line("from before", "\(recoveredBatches) batches in the spool")) }
    if droppedBatches + expiredBatches > 0 {
      lines.append(line("given up", "\(droppedBatches) batches dropped, \(expiredBatches) expired"))
    }
    if badLines > 0 { lines.append(line("bad lines", Quantity.grouped(UInt64(badLines)))) }
    if let verification {
      lines.append(line("verified", verification.problem ?? "the server counted the same"))
    }
    return lines.joined(separator: "\n")
  }

  private func line(_ name: String, _ value: String) -> String {
    name + String(repeating: " ", count: max(1, 14 - name.count)) + value
  }

  private static func text(_ times: Percentiles) -> String {
    guard let p50 = times.p50.value, let p95 = times.p95.value, let p99 = times.p99.value,
      let max = times.max.value
    else { return "-" }
    let parts = [("p50", p50), ("p95", p95), ("p99", p99), ("max", max)]
    return parts.map { "\($0.0) \(Quantity.fixed($0.1, digits: 1)) ms" }.joined(separator: ", ")
  }
}

/// A value whose JSON is null when it is nil, so that its field is present.
struct Nullable<Value: Encodable & Sendable>: Encodable, Sendable {
  let value: Value?

  init(_ value: Value?) {
    self.value = value
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(value)
  }
}
