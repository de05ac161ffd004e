import ClientLib
import Synchronization

/// The positions of followed files, and the first batch that was refused, shared with the tasks that wait for commits.
final class FollowProgress: Sendable {
  private struct State {
    var positions: CommitPositions
    var refusal: ProducerError?
  }

  private let state: Mutex<State>

  init(_ positions: CommitPositions) {
    state = Mutex(State(positions: positions))
  }

  var positions: CommitPositions { state.withLock { $0.positions } }

  /// Why a batch was not committed; nil while every settled batch was. No position passes such a batch.
  var refusal: ProducerError? { state.withLock { $0.refusal } }

  func change(_ body: (inout CommitPositions) -> Void) {
    state.withLock { body(&$0.positions) }
  }

  /// Returns whether a position changed since the last call.
  func takeChange() -> Bool { state.withLock { $0.positions.takeChange() } }

  /// Records the end of a batch.
  func settle(_ batch: Int, _ error: ProducerError?) {
    state.withLock { state in
      if let error {
        state.refusal = state.refusal ?? error
      } else {
        state.positions.settle(batch: batch)
      }
    }
  }
}
