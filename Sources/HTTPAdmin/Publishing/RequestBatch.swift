import Ingest
import WireProtocol

/// A batch of a publishing request, complete and counted in `ingest.memory`.
struct RequestBatch: Sendable {
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
  /// - Parameter isAwaited: Whether the client waits for the commit.
  func ingestBatch(
    _ key: BatchKey, base: UInt64, of sender: RequestSender, isAwaited: Bool
  ) -> IngestBatch {
    IngestBatch(
      key: key, base: base, digest: digest, session: 0, columns: columns, dead: dead, acceptedAt: .now,
      reservation: reservation, origin: sender.origin, isAwaited: isAwaited, input: sender.input)
  }
}

/// A batch with its outcome.
struct SettledBatch: Hashable, Sendable {
  let key: BatchKey
  let outcome: BatchOutcome
}
