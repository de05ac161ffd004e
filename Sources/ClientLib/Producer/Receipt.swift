/// The proof that a batch was taken by a producer, and the way to learn what becomes of it.
///
/// Copies are the same receipt. Dropping it loses nothing but the answer.
public struct Receipt: Sendable {
  let ticket: Ticket
  var hasSpool = false

  /// Waits until the spool has the batch, as its `sync` says, or more is known; returns at once when there
  /// is no spool. `Producer.publish` of a batch has done this already.
  /// - Throws: `ProducerError`, as `accepted` does.
  public func kept() async throws(ProducerError) {
    guard hasSpool else { return }
    guard let outcome = await ticket.kept.value() else { throw .cancelled }
    try outcome.get()
  }

  /// Waits until a server's queue in memory holds the batch, or more is known.
  ///
  /// It promises the memory of one process and nothing more; the producer keeps the batch until it is
  /// committed.
  /// - Throws: `ProducerError`: what the batch came to (`batchRefused`, `closed`, …), or `cancelled` when the
  ///   waiting task is cancelled, which changes nothing for the batch.
  public func accepted() async throws(ProducerError) {
    guard let outcome = await ticket.accepted.value() else { throw .cancelled }
    try outcome.get()
  }

  /// Waits until the batch is committed, in the sense of the server's durability, and returns its counts. For
  /// events that were gathered they are those of the whole batch.
  ///
  /// It waits through lost connections for as long as the producer lives.
  /// - Throws: `ProducerError`, as `accepted` does.
  @discardableResult
  public func committed() async throws(ProducerError) -> Counts {
    guard let outcome = await ticket.settled.value() else { throw .cancelled }
    return try outcome.get()
  }
}
