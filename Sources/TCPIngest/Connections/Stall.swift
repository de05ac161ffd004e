import Ingest
import WireProtocol

/// The reason why a connection does not look at the bytes that it received. Reading is paused meanwhile.
enum Stall {
  /// All connections together hold as much as `ingest.buffers` allows.
  case connectionMemory
  /// The memory budget has no room for the columns of the next batch.
  case memoryBudget(Int)
  /// The queue already holds this producer's share.
  case queueShare(Int, of: ProducerID)
  /// The queue has no room for this batch.
  case queueSpace(WaitingBatch)

  /// The news that ends a stall. What it grants is released when nobody takes it.
  enum End: Sendable {
    /// There is room, or the connection has the pass.
    case connectionMemory(ConnectionPass?)
    case memoryBudget(MemoryReservation, bytes: Int)
    case queueShare
    /// The batch is worth another offer.
    case queueSpace
  }

  /// Whether `end` ends this stall, and not an earlier one.
  func isEnded(by end: End) -> Bool {
    switch (self, end) {
    case (.connectionMemory, .connectionMemory), (.memoryBudget, .memoryBudget), (.queueShare, .queueShare),
      (.queueSpace, .queueSpace):
      true
    default: false
    }
  }
}

/// The right of one connection to exceed the limit of `ConnectionMemory` up to the end of its frame. Releasing
/// the last reference returns the pass.
final class ConnectionPass: Sendable {
  private let memory: ConnectionMemory

  /// Takes over the pass that `memory` gave.
  init(adoptingFrom memory: ConnectionMemory) {
    self.memory = memory
  }

  deinit { memory.returnPass() }
}

extension IngestServices {
  /// Calls `ended` once when `stall` may be over, on any thread or within this call.
  /// - Parameter hasDelivered: whether a batch of the connection was accepted; such connections go first.
  func wait(for stall: Stall, hasDelivered: Bool, _ ended: @escaping @Sendable (Stall.End) -> Void) {
    switch stall {
    case .connectionMemory:
      let memory = connectionMemory
      memory.whenRoom(hasDelivered: hasDelivered) { hasPass in
        ended(.connectionMemory(hasPass ? ConnectionPass(adoptingFrom: memory) : nil))
      }
    case .memoryBudget(let bytes):
      let memory = memory
      memory.whenAvailable(bytes) {
        ended(.memoryBudget(MemoryReservation(adopting: bytes, of: memory), bytes: bytes))
      }
    case .queueShare(let bytes, let producer):
      queue.whenShare(bytes, of: producer) { ended(.queueShare) }
    case .queueSpace(let waiting):
      queue.whenSpace(for: waiting.batch) { ended(.queueSpace) }
    }
  }
}
