import Synchronization
import WireProtocol

/// Builders whose memory is used again for the next batches.
final class SpareBuilders: Sendable {
  /// More than tasks that publish at the same time are of no use.
  private static let kept = 4

  private struct State {
    var limits = BatchLimits.standard
    var builders: [EventColumnsBuilder] = []
  }

  private let state = Mutex(State())

  /// An empty builder with these limits.
  func take(_ limits: BatchLimits) -> EventColumnsBuilder {
    let spare = state.withLock { state in
      if state.limits != limits { state = State(limits: limits) }
      return state.builders.popLast()
    }
    return spare ?? EventColumnsBuilder(limits: limits)
  }

  /// Keeps a builder that is empty again, if it is worth keeping.
  func give(_ builder: EventColumnsBuilder, limits: BatchLimits) {
    assert(builder.isEmpty)
    state.withLock { state in
      if state.limits == limits, state.builders.count < Self.kept { state.builders.append(builder) }
    }
  }
}
