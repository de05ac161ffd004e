internal import Ingest
internal import WireProtocol

/// A registration that waits for its answer.
struct PendingRegistration: Sendable {
  let registration: ProducerRegistration
  /// When it is answered as unavailable.
  let deadline: ContinuousClock.Instant
  let completion: @Sendable (Result<ProducerSession, RegistrationError>) -> Void
}

/// The registrations that wait, and which of them are answered together next.
struct RegistrationLine {
  /// Registrations in one transaction: each may return as many rows as its span has sequences.
  static let largestRound = 64
  /// Registrations that may wait; more are refused at once.
  static let capacity = 20_000

  private var waiting: [PendingRegistration] = []

  /// Whether none waits.
  var isEmpty: Bool { waiting.isEmpty }

  /// Adds one, unless the line is full.
  mutating func append(_ pending: PendingRegistration) -> Bool {
    guard waiting.count < Self.capacity else { return false }
    waiting.append(pending)
    return true
  }

  /// Takes those whose time is over.
  mutating func takeExpired(at now: ContinuousClock.Instant) -> [PendingRegistration] {
    let expired = waiting.filter { $0.deadline <= now }
    if !expired.isEmpty { waiting.removeAll { $0.deadline <= now } }
    return expired
  }

  /// Takes all of them.
  mutating func takeAll() -> [PendingRegistration] {
    defer { waiting = [] }
    return waiting
  }

  /// Takes the next round: each producer once, sorted, as one statement and the order of locks need it. A
  /// second registration of the same producer stays for the next round, and gets the newer session.
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
    waiting = rest
    return round.values.sorted { $0.registration.producer < $1.registration.producer }
  }
}
