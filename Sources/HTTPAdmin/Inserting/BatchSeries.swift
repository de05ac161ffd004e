import EventMapping
import Ingest
import WireProtocol

/// Batches of an insert request, filled one after the other.
struct BatchSeries {
  /// The complete batches.
  private(set) var finished: [InsertCollector.Batch] = []
  /// Bytes of the columns of the complete batches.
  private var finishedBytes = 0
  private var builder: EventColumnsBuilder
  private var dead: [DeadEvent] = []
  private var digest: InsertDigest?

  /// - Parameter hasDigests: Whether batches get digests of what the sender wrote.
  init(limits: BatchLimits, hasDigests: Bool) {
    builder = EventColumnsBuilder(limits: limits)
    digest = hasDigests ? InsertDigest() : nil
  }

  /// Bytes of all columns so far.
  var bytes: Int { finishedBytes + builder.rawByteCount }

  /// The place of the last event.
  var lastPlace: InsertCollector.Place {
    InsertCollector.Place(batch: finished.count, position: builder.count - 1)
  }

  /// Adds an event to the current digest, if batches have digests, before its batch is known. The event may open the next
  /// batch.
  /// - Parameters:
  ///   - content: The identity of its content.
  ///   - id: The sender's event id. Without one: empty under an idempotency key, else the content identity.
  mutating func note(_ content: ContentIdentity, id: [UInt8]) {
    digest?.add(content, id: id)
  }

  /// Adds an event to the batch.
  /// - Returns: false when the batch has no room for it.
  /// - Throws: `EventRefusal` when no batch can hold the event.
  mutating func append(
    topic: [UInt8], source: [UInt8], id: [UInt8], time: Int64, payload: RawSpan?
  ) throws(EventRefusal) -> Bool {
    try builder.append(
      topic: topic.span.bytes, source: source.span.bytes, id: id.span.bytes, timestamp: time, payload: payload
    )
  }

  /// Makes the last event a dead event.
  mutating func markDead(_ reason: DeadReason) {
    dead.append(DeadEvent(position: builder.count - 1, reason: reason))
  }

  /// Ends the batch, unless it is empty.
  /// - Parameter memory: Counts its columns.
  /// - Returns: false when the memory has no room for it.
  mutating func close(_ memory: MemoryBudget) -> Bool {
    guard !builder.isEmpty else { return true }
    let columns = builder.finish()
    finishedBytes += columns.count
    guard memory.reserve(columns.count) else { return false }
    let reservation = MemoryReservation(adopting: columns.count, of: memory)
    finished.append(
      InsertCollector.Batch(
        columns: columns, dead: dead, digest: digest?.finish(), reservation: reservation))
    dead.removeAll()
    return true
  }
}
