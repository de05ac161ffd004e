import Ingest
import Synchronization
import WireProtocol

/// One event as a test writes it: texts as bytes, so that they may be no text at all.
struct SampleEvent {
  var topic = Array("orders.invoice.created".utf8)
  var source = Array("billing".utf8)
  var id = Array("1767225600000-0a1b2c3d-1".utf8)
  var timestamp: Int64 = 1_767_225_600_000_000
  var payload: [UInt8]? = Array(#"{"amount":1}"#.utf8)
}

/// The columns of `events`, within the standard limits.
func columns(of events: [SampleEvent]) throws -> EventColumns {
  try EventColumns(rawColumns(of: events), limits: .standard)
}

/// Their bytes.
func rawColumns(of events: [SampleEvent]) throws -> [UInt8] {
  var builder = EventColumnsBuilder()
  for event in events { try append(event, to: &builder) }
  return builder.finish()
}

private func append(_ event: SampleEvent, to builder: inout EventColumnsBuilder) throws {
  // A span in an optional can not be written as a conditional expression.
  if let payload = event.payload {
    _ = try builder.append(
      topic: event.topic.span.bytes, source: event.source.span.bytes, id: event.id.span.bytes,
      timestamp: event.timestamp, payload: payload.span.bytes)
  } else {
    _ = try builder.append(
      topic: event.topic.span.bytes, source: event.source.span.bytes, id: event.id.span.bytes,
      timestamp: event.timestamp, payload: nil)
  }
}

/// A batch of `events` equal events, whose payloads make it about `bytes` long if that is more.
func batch(
  _ sequence: UInt64, producer: UInt64 = 1, digest: UInt64 = 7, session: Int64 = 1, events: Int = 1,
  bytes: Int = 0, acceptedAt: ContinuousClock.Instant = .now, reservation: MemoryReservation? = nil,
  isAwaited: Bool = false
) throws -> IngestBatch {
  var sample = SampleEvent()
  let small = try rawColumns(of: Array(repeating: sample, count: events)).count
  if bytes > small {
    sample.payload = Array(repeating: UInt8(ascii: "1"), count: 12 + (bytes - small) / events)
  }
  return IngestBatch(
    key: BatchKey(producer: ProducerID(high: 0, low: producer), sequence: sequence), base: 1,
    digest: digest, session: session,
    columns: try columns(of: Array(repeating: sample, count: events)), dead: [],
    acceptedAt: acceptedAt, reservation: reservation, isAwaited: isAwaited)
}

/// Remembers what it was told.
final class RecordingObserver: SettlementObserver {
  private let settled = Mutex<[BatchKey: Int]>([:])
  private let superseding = Mutex<[Int64]>([])

  /// How often it was told that each batch settled.
  var settlements: [BatchKey: Int] { settled.withLock { $0 } }
  /// The newer sessions that it was told of.
  var newerSessions: [Int64] { superseding.withLock { $0 } }

  func batchSettled(_ key: BatchKey, _ outcome: BatchOutcome) {
    settled.withLock { $0[key, default: 0] += 1 }
  }

  func sessionSuperseded(_ producer: ProducerID, by session: Int64) {
    superseding.withLock { $0.append(session) }
  }
}
