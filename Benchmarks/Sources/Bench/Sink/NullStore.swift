import Ingest
import StoreInterface
import WireProtocol

/// A store that keeps nothing: every producer is new, and every batch is committed as soon as it is taken.
struct NullStore: EventStore {
  private let settings: GroupLimits

  init(group: GroupLimits = .standard) {
    settings = group
  }

  func start() {}

  func stop(within limit: Duration) -> Int { 0 }

  func register(
    _ registration: ProducerRegistration,
    completion: @escaping @Sendable (Result<RegistrationGrant, RegistrationError>) -> Void
  ) {
    completion(
      .success(
        RegistrationGrant(
          session: 1, floor: 0, highest: 0, settled: [],
          lineage: Lineage(system: 1, timeline: 1, store: ProducerID(high: 1, low: 1)),
          durability: Durability(synchronousCommit: .off, fsync: false), incarnation: StoreIncarnation(1))))
  }

  var incarnation: StoreIncarnation { StoreIncarnation(1) }

  var unavailableSince: ContinuousClock.Instant? { nil }

  /// The loop of a writer: takes groups and settles them.
  func settleEverything(in queue: BatchQueue, _ activity: IngestActivity) {
    while let group = queue.takeGroup(settings) {
      for batch in group {
        let dead = UInt32(batch.dead.count)
        let counts = BatchCounts(unique: UInt32(batch.received) - dead, duplicate: 0, dead: dead)
        activity.batchSettled(batch, .committed(counts), at: .now)
        queue.settle(batch, .committed(counts), by: StoreIncarnation(1))
      }
    }
  }
}
