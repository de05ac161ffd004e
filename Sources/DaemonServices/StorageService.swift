public import Ingest
public import ServiceLifecycle
public import StoreInterface
internal import Synchronization

/// The service of the writers. At shutdown it is stopped after `IngestService`, so that no further batch is
/// offered to the writers.
public final class StorageService: Service {
  private let store: any EventStore
  private let queue: BatchQueue
  private let remaining: @Sendable () -> Duration
  private let abandoned = Atomic<Int>(0)

  /// A service of the started `store`, which takes its batches from `queue`.
  /// - Parameter remaining: Returns the rest of the drain time, called when the service must end.
  public init(
    store: any EventStore, queue: BatchQueue, remaining: @escaping @Sendable () -> Duration
  ) {
    self.store = store
    self.queue = queue
    self.remaining = remaining
  }

  /// Waits for shutdown. Returns when all queued batches are committed, or the drain time is over.
  public func run() async {
    await Shutdown.requested()
    queue.close()
    abandoned.store(await store.stop(within: max(.zero, remaining())), ordering: .releasing)
  }

  /// The number of accepted batches that were not committed in time. Valid after `run` has returned.
  public var abandonedCount: Int { abandoned.load(ordering: .acquiring) }
}
