public import Ingest
public import WireProtocol

/// Returns a batch of one event with the sequence `sequence`, accepted at `acceptedAt`.
public func batchOfOneEvent(
  _ sequence: UInt64 = 1, acceptedAt: ContinuousClock.Instant = .now
) throws -> IngestBatch {
  var builder = EventColumnsBuilder()
  _ = try builder.append(
    topic: Array("orders.invoice.created".utf8).span.bytes, source: Array("billing".utf8).span.bytes,
    id: Array("id-\(sequence)".utf8).span.bytes, timestamp: 1_767_225_600_000_000, payload: nil)
  return IngestBatch(
    key: BatchKey(producer: ProducerID(high: 0, low: 1), sequence: sequence), base: 1, digest: sequence,
    session: 1, columns: try EventColumns(builder.finish(), limits: .standard), dead: [],
    acceptedAt: acceptedAt, incarnation: StoreIncarnation(1))
}

/// An observer that ignores what becomes of a batch.
public final class IndifferentObserver: SettlementObserver {
  /// Creates an observer.
  public init() {}

  /// Does nothing.
  public func batchSettled(_ key: BatchKey, _ outcome: BatchOutcome, by incarnation: StoreIncarnation) {}

  /// Does nothing.
  public func sessionSuperseded(_ producer: ProducerID, by session: Int64) {}
}
