import Foundation

extension Report {
  /// One line of JSON.
  func json() -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    } catch {
      preconditionFailure("a report of numbers can be written: \(error)")
    }
  }

  /// A few lines for people.
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
