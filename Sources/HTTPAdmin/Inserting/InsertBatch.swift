import EventMapping
import Ingest
import WireProtocol

/// A batch of an insert request, complete and counted in `ingest.memory`.
struct InsertBatch: Sendable {
  let columns: EventColumns
  let dead: [DeadEvent]
  /// Tells the batch from other batches under the same idempotency key.
  let digest: UInt64
  private let reservation: MemoryReservation

  /// - Parameters:
  ///   - columns: Sound columns within the limits of a batch.
  ///   - reservation: The memory of the columns.
  init(_ columns: EventColumns, dead: [DeadEvent], digest: UInt64, reservation: MemoryReservation) {
    self.columns = columns
    self.dead = dead
    self.digest = digest
    self.reservation = reservation
  }

  /// Returns the batch as the queue takes it.
  func ingestBatch(_ key: BatchKey, _ origin: ProducerOrigin, base: UInt64) -> IngestBatch {
    IngestBatch(
      key: key, base: base, digest: digest, session: 0, columns: columns, dead: dead, acceptedAt: .now,
      reservation: reservation, origin: origin, isAwaited: true)
  }
}

/// The digests of the batches of a request with an idempotency key.
///
/// They cover what the sender wrote, and not the time of the request that events without a time get, because a repeated
/// request has another one.
struct InsertDigest: Sendable {
  private var hash = SipHash128(low: 0, high: 0)

  /// Adds an event.
  /// - Parameter content: The identity of its content.
  mutating func add(_ content: ContentIdentity, id: [UInt8]) {
    hash.add(content.first)
    hash.add(content.second)
    hash.add(UInt64(id.count))
    hash.add(id.span.bytes)
  }

  /// Returns the digest of the events since the last call.
  mutating func finish() -> UInt64 {
    let finished = hash.finish().first
    hash = SipHash128(low: 0, high: 0)
    return finished
  }

  /// Returns the digests, in which that of the first batch stands for all batches.
  static func covering(_ digests: [UInt64]) -> [UInt64] {
    guard digests.count > 1 else { return digests }
    var hash = SipHash128(low: 0, high: 0)
    for digest in digests { hash.add(digest) }
    return [hash.finish().first] + digests.dropFirst()
  }
}
