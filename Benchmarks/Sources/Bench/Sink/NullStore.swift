import Ingest
import WireProtocol

/// A store that keeps nothing: every producer is new, every batch is committed as soon as it is taken.
struct NullStore: EventStore {
  private let settings: GroupLimits

  init(group: GroupLimits = .standard) {
    settings = group
  }

  func register(
    _ registration: ProducerRegistration,
    completion: @escaping @Sendable (Result<ProducerSession, RegistrationError>) -> Void
  ) {
    completion(
      .success(
        ProducerSession(
          session: 1, floor: 0, settled: [],
          lineage: Lineage(system: 1, timeline: 1, store: ProducerID(high: 1, low: 1)),
          durability: Durability(synchronousCommit: .off, fsync: false))))
  }

  var awaySince: ContinuousClock.Instant? { nil }

  /// What a writer does all day.
  func settleEverything(in queue: BatchQueue, _ activity: IngestActivity) {
    while let group = queue.takeGroup(settings) {
      for batch in group {
        let dead = UInt32(batch.dead.count)
        let counts = BatchCounts(unique: UInt32(batch.received) - dead, duplicate: 0, dead: dead)
        activity.batchSettled(batch, .committed(counts), at: .now)
        queue.settle(batch, .committed(counts))
      }
    }
  }
}
