/// What the publisher of a batch holds in its hand: the batch's two moments, as they come.
final class Ticket: Sendable {
  /// The spool has the batch, or it came further, or it failed before. Never without a spool.
  let kept = Promise<Result<Void, ProducerError>>()
  /// The server's queue held the batch, or it failed before.
  let accepted = Promise<Result<Void, ProducerError>>()
  /// The batch is settled.
  let settled = Promise<Result<Counts, ProducerError>>()

  /// The batch is in a server's queue.
  func accept() {
    accepted.fulfil(.success(()))
  }

  /// The batch is committed, which implies that it was accepted, or given up.
  func settle(_ outcome: Result<Counts, ProducerError>) {
    kept.fulfil(outcome.map { _ in })
    accepted.fulfil(outcome.map { _ in })
    settled.fulfil(outcome)
  }
}

/// A batch that came to its end, with what its publisher is to be told once no lock is held.
struct Settlement: Sendable {
  let ticket: Ticket
  let outcome: Result<Counts, ProducerError>

  func tell() { ticket.settle(outcome) }
}
