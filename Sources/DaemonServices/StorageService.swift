public import Ingest
public import ServiceLifecycle
public import Storage
internal import Synchronization

/// The writers, until shutdown: stopped after `IngestService`, so that nothing more is
/// offered to them.
public final class StorageService: Service {
  private let store: PostgresStore
  private let queue: BatchQueue
  private let remaining: @Sendable () -> Duration
  private let abandoned = Atomic<Int>(0)

  /// The started `store`, which takes its batches from `queue`.
  /// - Parameter remaining: What is left of the time to drain, asked when the service is to end.
  public init(
    store: PostgresStore, queue: BatchQueue, remaining: @escaping @Sendable () -> Duration
  ) {
    self.store = store
    self.queue = queue
    self.remaining = remaining
  }

  /// Returns when all that was queued is committed, or the time is over.
  public func run() async {
    await Shutdown.requested()
    queue.close()
    abandoned.store(await store.stop(within: max(.zero, remaining())), ordering: .releasing)
  }

  /// Accepted batches that were not committed in time; known once `run` has returned.
  public var abandonedCount: Int { abandoned.load(ordering: .acquiring) }
}
