import Ingest
import Synchronization
import WireProtocol

/// An event of a test. Its texts are bytes, so that they may be invalid.
struct SampleEvent {
  var topic = Array("orders.invoice.created".utf8)
  var source = Array("billing".utf8)
  var id = Array("1767225600000-0a1b2c3d-1".utf8)
  var timestamp: Int64 = 1_767_225_600_000_000
  var payload: [UInt8]? = Array(#"{"amount":1}"#.utf8)
}

/// Returns the columns of `events`, within the standard limits.
func columns(of events: [SampleEvent]) throws -> EventColumns {
  try EventColumns(rawColumns(of: events), limits: .standard)
}

/// Returns the bytes of the columns of `events`.
func rawColumns(of events: [SampleEvent]) throws -> [UInt8] {
  var builder = EventColumnsBuilder()
  for event in events { try append(event, to: &builder) }
  return builder.finish()
}

private func append(_ event: SampleEvent, to builder: inout EventColumnsBuilder) throws {
  // Two calls, because a span in an optional cannot be written as a conditional expression.
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

/// Returns a batch of equal events, with payloads that make it about `bytes` long if that is more.
func batch(
  _ sequence: UInt64, producer: UInt64 = 1, digest: UInt64 = 7, session: Int64 = 1, events: Int = 1,
  bytes: Int = 0, acceptedAt: ContinuousClock.Instant = .now, reservation: MemoryReservation? = nil,
  isAwaited: Bool = false, input: InputName = .tcp
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
    acceptedAt: acceptedAt, reservation: reservation, isAwaited: isAwaited, input: input)
}

/// An observer that records its calls.
final class RecordingObserver: SettlementObserver {
  private let settled = Mutex<[BatchKey: Int]>([:])
  private let superseding = Mutex<[Int64]>([])

  /// Number of settlements by batch.
  var settlements: [BatchKey: Int] { settled.withLock { $0 } }
  /// The newer sessions that were reported.
  var newerSessions: [Int64] { superseding.withLock { $0 } }

  func batchSettled(_ key: BatchKey, _ outcome: BatchOutcome, by incarnation: StoreIncarnation) {
    settled.withLock { $0[key, default: 0] += 1 }
  }

  func sessionSuperseded(_ producer: ProducerID, by session: Int64) {
    superseding.withLock { $0.append(session) }
  }
}

/// Random numbers that are the same for the same seed (SplitMix64, https://prng.di.unimi.it/splitmix64.c).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
