import Ingest
import WireProtocol

/// Waits for one batch to settle on behalf of a request.
final class SettlementSignal: SettlementObserver {
  private let outcomes: AsyncStream<BatchOutcome>
  private let arrived: AsyncStream<BatchOutcome>.Continuation
  private let onSettled: @Sendable () -> Void

  /// - Parameter onSettled: called when the batch is settled, whether or not somebody still waits.
  init(onSettled: @escaping @Sendable () -> Void) {
    (outcomes, arrived) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1))
    self.onSettled = onSettled
  }

  func batchSettled(_ key: BatchKey, _ outcome: BatchOutcome) {
    onSettled()
    arrived.yield(outcome)
    arrived.finish()
  }

  /// Requests have no sessions, so none is ever superseded.
  func sessionSuperseded(_ producer: ProducerID, by session: Int64) {}

  /// How the batch ended; nil when that took longer than `limit`.
  func outcome(within limit: Duration) async -> BatchOutcome? {
    await Deadline.within(limit) { [outcomes] in await outcomes.first { _ in true } } ?? nil
  }
}
