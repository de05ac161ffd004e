import Ingest
import WireProtocol

/// The answer to a publishing request.
struct PublishAnswer: JSONWritable {
  /// The content of the request.
  let reading: PublishReader.Reading
  /// The outcome of its batch; nil when the client did not wait for it.
  let outcome: BatchOutcome?

  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("status", "accepted")
      if let single = reading.single {
        writer.member("topic", single.topic)
        writer.member("event_id", single.eventID)
      }
      writer.member("received", reading.count)
      writer.member("queued", reading.count)
      if let outcome { writeOutcome(outcome, to: &writer) }
      if reading.faults.badEvents > 0 {
        writer.member("rejected", reading.faults.badEvents)
        writer.member("errors", reading.faults.faults)
      }
      // The names that clients of older aggregators read.
      writer.member("accepted", reading.count)
      writer.member("count", reading.count)
      writer.member("message", message)
    }
  }

  /// The counts in words.
  private var message: String {
    guard let outcome else { return "\(reading.count) accepted, not committed yet" }
    guard let counts = outcome.counts else { return "\(reading.count) committed by an earlier request" }
    let dead = counts.dead > 0 ? ", \(counts.dead) dead" : ""
    return "\(counts.unique) stored, \(counts.duplicate) duplicate\(dead)"
  }

  private func writeOutcome(_ outcome: BatchOutcome, to writer: inout JSONWriter) {
    let counts = outcome.counts
    writer.member("processed", counts.map { Int($0.unique) })
    writer.member("duplicates", counts.map { Int($0.duplicate) })
    if let dead = counts?.dead, dead > 0 { writer.member("dead", Int(dead)) }
    if reading.single != nil { writer.member("is_duplicate", counts.map { $0.duplicate == 1 }) }
    if outcome.isRepetition { writer.member("repeated", true) }
  }
}

extension BatchOutcome {
  /// The counts of the batch; nil when they are no longer known.
  var counts: BatchCounts? {
    switch self {
    case .committed(let counts), .replayed(let counts): counts
    case .countsUnknown, .sequenceReused: nil
    }
  }

  /// Whether an earlier request had stored the events.
  var isRepetition: Bool {
    switch self {
    case .replayed, .countsUnknown: true
    case .committed, .sequenceReused: false
    }
  }
}
