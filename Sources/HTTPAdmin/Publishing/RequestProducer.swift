import Synchronization
import WireProtocol

/// The producers of the requests without an idempotency key, one for each owner.
final class RequestProducers: Sendable {
  /// At most one for each principal that the credentials ever named in the life of this process.
  private let byOwner = Mutex<[String: RequestProducer]>([:])

  /// Returns the producer of `owner`.
  func producer(of owner: String) -> RequestProducer {
    byOwner.withLock { byOwner in
      if let producer = byOwner[owner] { return producer }
      var generator = SystemRandomNumberGenerator()
      let producer = RequestProducer(id: .random(using: &generator))
      byOwner[owner] = producer
      return producer
    }
  }
}

/// The producer of all requests of an owner without an idempotency key. Its id is random for each process, and each of
/// its sequences is used once.
final class RequestProducer: Sendable {
  private struct State {
    var next: UInt64 = 1
    /// Sequences of batches that are not settled; at most as many as the queue holds.
    var unsettled: Set<UInt64> = []
  }

  /// The sequence of a batch, and the lowest sequence that may still be sent.
  struct Number: Hashable {
    let sequence: UInt64
    let base: UInt64
  }

  let id: ProducerID
  private let state = Mutex(State())

  init(id: ProducerID) {
    self.id = id
  }

  /// Returns a new sequence with the current base.
  func begin() -> Number {
    state.withLock { state in
      let sequence = state.next
      state.next += 1
      state.unsettled.insert(sequence)
      return Number(sequence: sequence, base: state.unsettled.min() ?? sequence)
    }
  }

  /// Ends `sequence`, because its batch is settled or was refused.
  func end(_ sequence: UInt64) {
    state.withLock { state in
      let ended = state.unsettled.remove(sequence)
      precondition(ended != nil, "a sequence must end exactly once")
    }
  }
}
