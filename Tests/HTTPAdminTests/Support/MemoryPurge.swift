import StoreInterface
import Synchronization

/// A purge in three pieces, each of which has five events. The count has the time 300.
final class MemoryPurge: EventPurge {
  private let asked = Mutex<[PurgeStep]>([])

  /// All pieces so far.
  var steps: [PurgeStep] { asked.withLock { $0 } }

  func purge(_ step: PurgeStep) async throws(QueryError) -> PurgeProgress {
    asked.withLock { $0.append(step) }
    let end = step.end ?? 300
    let action: PurgeStep.Action = step.action == .count ? .count : .delete(atMost: step.most - 5)
    let next = end > 100 ? PurgeStep(step.filter, before: end - 100, action) : nil
    return PurgeProgress(events: min(5, step.most), end: end, next: next)
  }
}
