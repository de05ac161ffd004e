internal import Ingest
internal import StoreInterface
internal import WireProtocol

/// A registration that waits for its answer.
struct PendingRegistration: Sendable {
  let registration: ProducerRegistration
  /// Instant at which the registration is answered as unavailable.
  let deadline: ContinuousClock.Instant
  let completion: @Sendable (Result<RegistrationGrant, RegistrationError>) -> Void
}

/// Registrations that wait, and the choice of those that are answered together next.
struct RegistrationQueue {
  /// Most registrations in one transaction: each may return as many rows as its span has sequences.
  static let largestRound = 64
  /// Most registrations that wait; further ones are refused at once.
  static let capacity = 20_000

  private var waiting: [PendingRegistration] = []

  /// Whether no registration waits.
  var isEmpty: Bool { waiting.isEmpty }

  /// Adds a registration.
  /// - Returns: False when the queue is full.
  mutating func append(_ pending: PendingRegistration) -> Bool {
    guard waiting.count < Self.capacity else { return false }
    waiting.append(pending)
    assert(waiting.count <= Self.capacity, "the queue is bounded")
    return true
  }

  /// Removes and returns registrations whose deadline has passed.
  mutating func takeExpired(at now: ContinuousClock.Instant) -> [PendingRegistration] {
    let expired = waiting.filter { $0.deadline <= now }
    defer { assert(waiting.allSatisfy { $0.deadline > now }, "no registration waits after its deadline") }
    if !expired.isEmpty { waiting.removeAll { $0.deadline <= now } }
    return expired
  }

  /// Removes and returns all registrations.
  mutating func takeAll() -> [PendingRegistration] {
    defer { waiting = [] }
    return waiting
  }

  /// Removes and returns the next round: each producer once, sorted, because the statement and the order of
  /// locks need that. A second registration of a producer stays for the next round, and gets the newer
  /// session.
  mutating func takeRound() -> [PendingRegistration] {
    var round: [ProducerID: PendingRegistration] = [:]
    var rest: [PendingRegistration] = []
    for pending in waiting {
      let producer = pending.registration.producer
      if round.count < Self.largestRound, round[producer] == nil {
        round[producer] = pending
      } else {
        rest.append(pending)
      }
    }
    assert(round.count + rest.count == waiting.count, "every registration is answered or waits")
    assert(round.count <= Self.largestRound, "a round is bounded")
    waiting = rest
    return round.values.sorted { $0.registration.producer < $1.registration.producer }
  }
}
