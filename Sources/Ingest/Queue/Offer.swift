/// What the queue did with a batch that it was offered.
public enum Offer: Hashable, Sendable {
  /// It waits for a writer; its observer will be told how it ended.
  case accepted(QueueDepth)
  /// The same batch was waiting or being committed already; its answer goes to both observers.
  case joined(QueueDepth)
  /// No room: stop reading, and offer it again when `whenSpace` calls.
  case full
  /// A batch of this number with other bytes is waiting or being committed.
  case sequenceReused
  /// The server is draining.
  case closed
}
