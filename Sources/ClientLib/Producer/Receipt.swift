internal import WireProtocol

/// Answer to a published batch, which tells what becomes of it.
///
/// Copies refer to the same batch. Releasing a receipt does not affect the batch.
public struct Receipt: Sendable {
  let promise: BatchPromise
  var hasSpool = false

  /// Waits until the spool has the batch, as durably as ``Producer/Spool/Sync`` says, or until the batch is
  /// accepted or settled. Returns at once without a spool. `Producer.publish(_:timeToLive:)` has waited for
  /// this already.
  /// - Throws: ``ProducerError``, as ``accepted()`` does.
  public func kept() async throws(ProducerError) {
    guard hasSpool else { return }
    guard let outcome = await promise.spooled.value() else { throw .cancelled }
    try outcome.get()
  }

  /// Waits until a server has the batch in its queue, or until the batch is settled.
  ///
  /// An accepted batch is in the memory of one server process, so the producer keeps it until it is
  /// committed.
  /// - Throws: ``ProducerError``: why the batch was given up (`batchRefused`, `batchTooLarge`,
  ///   `batchExpired`, `dropped`, `closed`, …), or `cancelled` when the waiting task is cancelled, which
  ///   does not affect the batch.
  public func accepted() async throws(ProducerError) {
    guard let outcome = await promise.accepted.value() else { throw .cancelled }
    try outcome.get()
  }

  /// Waits until the batch is committed, as durably as the server announced, and returns its counts. Events
  /// that were published singly share the counts of their batch.
  ///
  /// The call waits through lost connections, without a bound, until the producer ends.
  /// - Throws: ``ProducerError``, as ``accepted()`` does.
  @discardableResult
  public func committed() async throws(ProducerError) -> Counts {
    guard let outcome = await promise.settled.value() else { throw .cancelled }
    return try outcome.get()
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
  /// Whether the batch was committed before this answer, by an earlier transaction.
  public let isReplay: Bool

  init(_ counts: BatchCounts?, received: Int, isReplay: Bool) {
    self.received = received
    unique = counts.map { Int($0.unique) }
    duplicate = counts.map { Int($0.duplicate) }
    dead = counts.map { Int($0.dead) }
    self.isReplay = isReplay
  }
}

extension Counts: CustomStringConvertible {
  /// The counts in words, such as `3 events: 2 unique, 1 duplicate, 0 dead`.
  public var description: String {
    guard let unique, let duplicate, let dead else { return "\(received) events, counts unknown" }
    return "\(received) events: \(unique) unique, \(duplicate) duplicate, \(dead) dead"
  }
}
