import WireProtocol

/// The waiting batches of light and of heavy producers.
///
/// A producer is heavy from the moment at which it has more than `lightBytes` unsettled raw bytes, until all of
/// its batches are settled. Batches of light producers are taken first, and without those of heavy producers,
/// because a group of heavy producers takes the database many times as long. So a producer with a few events
/// does not wait for another one's backlog. Batches of a producer keep their order.
struct WaitingBatches {
  /// Maximum unsettled raw bytes of a light producer: about 300 events.
  static let lightBytes = 64 << 10

  private var light = FairBatchQueue()
  private var heavy = FairBatchQueue()
  private var heavyProducers: Set<ProducerID> = []
  /// Whether the last group had batches of light producers while those of heavy ones waited. Then heavy
  /// producers are next, so that many light ones cannot stop them.
  private var heavyIsNext = false

  /// Number of waiting batches.
  var count: Int { light.count + heavy.count }
  /// Events of the waiting batches.
  var events: Int { light.events + heavy.events }
  /// Raw bytes of the waiting batches.
  var bytes: Int { light.bytes + heavy.bytes }
  /// Number of waiting batches with `isAwaited`.
  var awaited: Int { light.awaited + heavy.awaited }

  var isEmpty: Bool { light.isEmpty && heavy.isEmpty }

  /// Whether batches of light producers wait while the database works for a heavy one.
  var hasLightBesideHeavy: Bool { !light.isEmpty && !heavyProducers.isEmpty }

  /// Adds a batch.
  /// - Parameter unsettledBytes: Raw bytes of the producer's unsettled batches, this one included.
  mutating func append(_ batch: IngestBatch, unsettledBytes: Int) {
    assert(unsettledBytes >= batch.byteCount, "the batch is unsettled")
    let producer = batch.key.producer
    if unsettledBytes > Self.lightBytes, heavyProducers.insert(producer).inserted {
      for earlier in light.removeAll(of: producer) { heavy.append(earlier) }
    }
    if heavyProducers.contains(producer) { heavy.append(batch) } else { light.append(batch) }
  }

  /// Makes a producer light again. It must not have an unsettled batch.
  mutating func settledAll(of producer: ProducerID) {
    heavyProducers.remove(producer)
    assert(heavy.isEmpty || !heavyProducers.isEmpty, "a batch of a light producer waits among the heavy ones")
  }

  /// Whether the waiting batches fill a group of these limits.
  func fills(_ limits: GroupLimits) -> Bool {
    events >= limits.events || bytes >= limits.bytes || count >= GroupLimits.batches
  }

  /// Removes and returns batches for a group, at least one: those of light producers if there are any, but
  /// never twice in a row while heavy producers wait. At least one must wait.
  mutating func takeGroup(_ limits: GroupLimits) -> [IngestBatch] {
    precondition(!isEmpty, "a group needs a waiting batch")
    let takesLight = !light.isEmpty && (heavy.isEmpty || !heavyIsNext)
    heavyIsNext = takesLight && !heavy.isEmpty
    return takesLight ? light.takeGroup(limits) : heavy.takeGroup(limits)
  }

  /// Removes and returns batches of light producers for a group, at least one. At least one must wait.
  mutating func takeLightGroup(_ limits: GroupLimits) -> [IngestBatch] {
    precondition(!light.isEmpty, "a group needs a waiting batch")
    return light.takeGroup(limits)
  }
}
