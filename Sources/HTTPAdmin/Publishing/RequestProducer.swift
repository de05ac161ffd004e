import Synchronization
import WireProtocol

/// The producer of all requests without an idempotency key: drawn at random for each process, with
/// sequences of its own, of which none is ever used again.
final class RequestProducer: Sendable {
  private struct State {
    var next: UInt64 = 1
    /// The sequences whose batches are not settled: no more than the queue holds.
    var unsettled: Set<UInt64> = []
  }

  /// A batch's number, and the lowest number that may still be sent.
  struct Number: Hashable {
    let sequence: UInt64
    let base: UInt64
  }

  let id: ProducerID
  private let state = Mutex(State())

  init(id: ProducerID) {
    self.id = id
  }

  /// Numbers a batch.
  func begin() -> Number {
    state.withLock { state in
      let sequence = state.next
      state.next += 1
      state.unsettled.insert(sequence)
      return Number(sequence: sequence, base: state.unsettled.min() ?? sequence)
    }
  }

  /// The batch `sequence` is settled, or was never taken.
  func end(_ sequence: UInt64) {
    state.withLock { state in
      let ended = state.unsettled.remove(sequence)
      precondition(ended != nil, "a number ends once")
    }
  }
}
