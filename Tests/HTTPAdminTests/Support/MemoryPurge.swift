import StoreInterface
import Synchronization

/// A purge in three pieces, each of which has five events.
final class MemoryPurge: EventPurge {
  private let asked = Mutex<[PurgeStep]>([])

  /// All pieces so far.
  var steps: [PurgeStep] { asked.withLock { $0 } }

  func purge(_ step: PurgeStep) async throws(QueryError) -> PurgeProgress {
    asked.withLock { $0.append(step) }
    let end = step.end ?? 300
    let next = end > 100 ? PurgeStep(step.filter, before: end - 100, isDryRun: step.isDryRun) : nil
    return PurgeProgress(events: 5, next: next)
  }
}
