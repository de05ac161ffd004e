import Ingest
import StoreInterface
import WireProtocol

/// Waits for the settlement of one batch on behalf of a request.
final class SettlementSignal: SettlementObserver {
  private let outcomes: AsyncStream<BatchOutcome>
  private let arrived: AsyncStream<BatchOutcome>.Continuation
  private let onSettled: @Sendable (BatchOutcome) -> Void

  /// - Parameter onSettled: Called when the batch is settled, even if no request waits any more.
  init(onSettled: @escaping @Sendable (BatchOutcome) -> Void) {
    (outcomes, arrived) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1))
    self.onSettled = onSettled
  }

  /// The incarnation does not matter, because the request has received no earlier answer to compare with.
  func batchSettled(_ key: BatchKey, _ outcome: BatchOutcome, by incarnation: StoreIncarnation) {
    onSettled(outcome)
    arrived.yield(outcome)
    arrived.finish()
  }

  /// Does nothing: requests have no sessions that could be superseded.
  func sessionSuperseded(_ producer: ProducerID, by session: Int64) {}

  /// Returns the outcome of the batch; nil when it is not settled within `limit`.
  func outcome(within limit: Duration) async -> BatchOutcome? {
    await Deadline.within(limit) { [outcomes] in await outcomes.first { _ in true } } ?? nil
  }
}
