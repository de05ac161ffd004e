internal import WireProtocol

/// Answer to a published batch, which tells what becomes of it.
///
/// Copies refer to the same batch. Releasing a receipt does not affect the batch.
public struct Receipt: Sendable {
  /// One batch as it is sent.
  struct Batch: Sendable {
    let promise: BatchPromise
    let events: Int
  }

  private let first: Batch
  /// Batches for other servers; empty unless keys are spread.
  private let others: [Batch]
  private let hasSpool: Bool

  init(_ first: Batch, others: [Batch] = [], hasSpool: Bool) {
    self.first = first
    self.others = others
    self.hasSpool = hasSpool
  }

  /// Events that were published by the call: 1, or the events of the batch.
  public var events: Int { others.reduce(first.events) { $0 + $1.events } }

  /// Receipts of the batches in which the events were sent: one for each server to which they were spread, or
  /// this receipt alone.
  ///
  /// The other members wait for all of them, and throw the error of the first that was given up. So the parts
  /// tell which events are committed.
  public var parts: [Receipt] { ([first] + others).map { Receipt($0, hasSpool: hasSpool) } }

  /// Waits until the spool has the batch, as durably as ``Producer/Spool/Sync`` says, or until the batch is
  /// accepted or settled. Returns at once without a spool. `Producer.publish(_:timeToLive:)` has waited for
  /// this already.
  /// - Throws: ``ProducerError``, as ``accepted()`` does.
  public func kept() async throws(ProducerError) {
    guard hasSpool else { return }
    _ = try await all { $0.spooled }
  }

  /// Whether the producer ended before the batch was settled and left the batch in its spool, from which the next producer
  /// over the spool sends it. False while the producer has the batch, and for a batch that was committed, refused,
  /// dropped or expired.
  public var isLeftInSpool: Bool {
    hasSpool
      && ([first] + others).contains { batch in
        guard case .failure(let error) = batch.promise.settled.present else { return false }
        return error.leavesBatchesInSpool
      }
  }

  /// Waits until a server has the batch in its queue, or until the batch is settled.
  ///
  /// An accepted batch is in the memory of one server process, so the producer keeps it until it is
  /// committed.
  /// - Throws: ``ProducerError``: why the batch was given up (`batchRefused`, `batchTooLarge`,
  ///   `batchExpired`, `dropped`, `closed`, …), or `cancelled` when the waiting task is cancelled, which
  ///   does not affect the batch.
  public func accepted() async throws(ProducerError) {
    _ = try await all { $0.accepted }
  }

  /// Waits until the batch is committed, as durably as the server announced, and returns its counts. Events
  /// that were published singly share the counts of their batch. The counts of a batch whose keys were spread
  /// are the sums over the servers.
  ///
  /// The call waits through lost connections, without a bound, until the producer ends.
  /// - Throws: ``ProducerError``, as ``accepted()`` does.
  @discardableResult
  public func committed() async throws(ProducerError) -> Counts {
    let counts = try await all { $0.settled }
    return counts.dropFirst().reduce(counts[0]) { $0.adding($1) }
  }

  /// Waits for a stage of every batch. Throws the error of the first batch that was given up after all of
  /// them reached the stage.
  private func all<Value: Sendable>(
    _ stage: @Sendable (BatchPromise) -> Promise<Result<Value, ProducerError>>
  ) async throws(ProducerError) -> [Value] {
    var values: [Value] = []
    var failure: ProducerError?
    for batch in [first] + others {
      guard let outcome = await stage(batch.promise).value() else { throw .cancelled }
      switch outcome {
      case .success(let value): values.append(value)
      case .failure(let error): failure = failure ?? error
      }
    }
    if let failure { throw failure }
    return values
  }
}

/// Counts of the events of a committed batch. When they are known, `received = unique + duplicate + dead`.
public struct Counts: Hashable, Sendable {
  /// Events in the batch.
  public let received: Int
  /// Events that this batch stored first; nil when the counts are unknown. They are unknown when the
  /// connection ended before the server could send them, and the server has deleted them since or did not
  /// answer the repeated batch either.
  public let unique: Int?
  /// Events whose key was stored before, or earlier in the batch; nil when the counts are unknown.
  public let duplicate: Int?
  /// Events that can never be stored. The server keeps them as dead events with their reasons. Nil when the
  /// counts are unknown.
  public let dead: Int?
  /// Whether the batch was committed before this answer, by an earlier transaction. True when that holds for
  /// a part of a batch whose keys were spread.
  public let isReplay: Bool

  init(_ counts: BatchCounts?, received: Int, isReplay: Bool) {
    self.received = received
    unique = counts.map { Int($0.unique) }
    duplicate = counts.map { Int($0.duplicate) }
    dead = counts.map { Int($0.dead) }
    self.isReplay = isReplay
  }

  private init(received: Int, unique: Int?, duplicate: Int?, dead: Int?, isReplay: Bool) {
    self.received = received
    self.unique = unique
    self.duplicate = duplicate
    self.dead = dead
    self.isReplay = isReplay
  }

  /// Returns the sums of the counts of two batches; unknown when one of them is unknown.
  func adding(_ other: Counts) -> Counts {
    func sum(_ one: Int?, _ other: Int?) -> Int? {
      guard let one, let other else { return nil }
      return one + other
    }
    return Counts(
      received: received + other.received, unique: sum(unique, other.unique),
      duplicate: sum(duplicate, other.duplicate), dead: sum(dead, other.dead),
      isReplay: isReplay || other.isReplay)
  }
}

extension Counts: CustomStringConvertible {
  /// The counts in words, such as `3 events: 2 unique, 1 duplicate, 0 dead`.
  public var description: String {
    guard let unique, let duplicate, let dead else { return "\(received) events, counts unknown" }
    return "\(received) events: \(unique) unique, \(duplicate) duplicate, \(dead) dead"
  }
}
