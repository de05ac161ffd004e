import ClientLib

/// Collects events in a batch, and publishes batches over several connections in turn.
struct BatchSender: ~Copyable {
  private let producers: [Producer]
  private let record: RunRecord
  private var turn = 0
  /// The batch that is being filled.
  var batch: EventBatch

  init(_ producers: [Producer], _ record: RunRecord) {
    precondition(!producers.isEmpty, "a run has a connection")
    self.producers = producers
    self.record = record
    batch = producers[0].makeBatch()
  }

  /// Publishes the batch unless it is empty, and begins another.
  /// - Parameter settled: called when the batch is committed, or with the reason why it is not.
  mutating func send(
    _ group: inout DiscardingTaskGroup, settled: @escaping @Sendable (ProducerError?) -> Void = { _ in }
  ) async throws(RunFailure) {
    guard !batch.isEmpty else { return }
    let producer = producers[turn]
    turn = (turn + 1) % producers.count
    var full = producers[turn].makeBatch()
    swap(&full, &batch)
    let published = ContinuousClock.now
    do throws(ProducerError) {
      let parts = try await producer.publish(full).parts
      for part in parts { record.sent(part.events) }
      group.addTask { [record] in settled(await record.follow(parts, published: published)) }
    } catch {
      throw RunFailure(error)
    }
  }
}
