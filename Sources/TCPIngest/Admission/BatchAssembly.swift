import Ingest
import WireProtocol

/// Makes a batch for the queue out of a PUBLISH: decompresses, checks the structure, judges each event.
struct BatchAssembly {
  let limits: BatchLimits
  let validator: ColumnValidator
  let spares: SpareBuffers

  /// - Parameter reservation: the memory of the columns, already taken from the budget.
  /// - Throws: `WireError`; its scope says whether the batch or the connection ends.
  func batch(
    _ publish: PublishHeader, body: RawSpan, from producer: ProducerID, _ origin: ProducerOrigin,
    session: Int64,
    at now: ContinuousClock.Instant, reservation: MemoryReservation
  ) throws(WireError) -> IngestBatch {
    let columns = try publish.columns(in: body, limits: limits, into: spares.take(publish.rawLength))
    return IngestBatch(
      key: BatchKey(producer: producer, sequence: publish.sequence), base: publish.base,
      digest: Digest64.digest(of: columns.bytes.span.bytes), session: session, columns: columns,
      dead: validator.deadEvents(in: columns), acceptedAt: now, reservation: reservation,
      spares: spares, origin: origin)
  }
}
