import Synchronization
import WireProtocol

/// Builders that are reused, with their memory, for later batches.
final class BuilderPool: Sendable {
  /// Builders that are kept at most. More than the tasks that publish at the same time are useless.
  private let capacity: Int

  private struct State {
    var limits = BatchLimits.standard
    var builders: [EventColumnsBuilder] = []
  }

  private let state = Mutex(State())

  /// A pool for batches of `channels` builders each.
  init(channels: Int = 1) {
    capacity = 4 * channels
  }

  /// Returns an empty builder with these limits.
  func borrow(_ limits: BatchLimits) -> EventColumnsBuilder {
    let spare = state.withLock { state in
      if state.limits != limits { state = State(limits: limits) }
      return state.builders.popLast()
    }
    return spare ?? EventColumnsBuilder(limits: limits)
  }

  /// Takes an empty builder back. Releases it when its limits are old or the pool is full.
  func recycle(_ builder: EventColumnsBuilder, limits: BatchLimits) {
    assert(builder.isEmpty)
    state.withLock { state in
      if state.limits == limits, state.builders.count < capacity { state.builders.append(builder) }
    }
  }
}
