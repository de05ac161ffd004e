internal import Base
internal import Dispatch
internal import Ingest
internal import Logging
internal import PostgresClient
internal import StoreInterface
internal import Synchronization

/// Answers HELLOs on a thread and a connection of its own, because a writer's connection is busy for too
/// long. All waiting HELLOs are answered together. Each gets its answer within a bounded time, `unavailable`
/// at its end.
///
/// While no HELLO waits the registrar asks the database for a sign of life every 2 s, so that an outage is
/// known before a producer needs the database.
final class Registrar: Sendable {
  private struct State {
    var queue = RegistrationQueue()
    var isClosed = false
  }

  private let settings: ConnectionSettings
  private let timeout: Duration
  private let adopts: Bool
  private let incarnations: Incarnations
  private let availability: Availability
  private let health: IngestHealth
  private let logger: Logger
  private let state = Mutex(State())
  private let arrivals = DispatchSemaphore(value: 0)

  /// Longest time of one attempt. Together with `timeout` it bounds the wait for an answer.
  private static let attemptLimit = Duration.seconds(3)
  /// Name of the registrar in `IngestHealth`.
  private static let component = "registrar"
  /// Longest wait of a round for a row that another transaction is inserting.
  private static let lockLimit = Duration.milliseconds(500)
  private static let pauseForLocks = Duration.milliseconds(50)
  private static let pulse = Duration.seconds(2)
  private static let pauseAfterFailure = Duration.milliseconds(200)

  /// - Parameters:
  ///   - timeout: longest wait of a registration for the database.
  ///   - adopts: whether a registration becomes the owner of a producer that has none.
  init(
    _ settings: ConnectionSettings, incarnations: Incarnations, timeout: Duration,
    availability: Availability, adopts: Bool = false,
    health: IngestHealth = IngestHealth(), logger: Logger
  ) {
    var settings = settings
    settings.connectTimeout = Self.attemptLimit
    settings.lockTimeout = Self.lockLimit
    settings.statementTimeout = Self.attemptLimit
    settings.answerTimeout = Self.attemptLimit + .seconds(1)
    self.settings = settings
    self.incarnations = incarnations
    self.timeout = timeout
    self.adopts = adopts
    self.availability = availability
    self.health = health
    self.logger = logger
  }

  /// Adds a registration to the queue. It is refused when its identity is reserved, or the queue is full or
  /// closed.
  func register(
    _ registration: ProducerRegistration,
    completion: @escaping @Sendable (Result<RegistrationGrant, RegistrationError>) -> Void
  ) {
    guard !ForgottenProducers.reserved.contains(registration.producer) else {
      return completion(.failure(.notYours))
    }
    let pending = PendingRegistration(
      registration: registration, deadline: .now + timeout, completion: completion)
    let isWaiting = state.withLock { !$0.isClosed && $0.queue.append(pending) }
    guard isWaiting else { return completion(.failure(.unavailable)) }
    arrivals.signal()
  }

  /// Answers waiting registrations as unavailable, and ends `run`.
  func close() {
    let waiting = state.withLock { state in
      state.isClosed = true
      return state.queue.takeAll()
    }
    arrivals.signal()
    waiting.forEach { $0.completion(.failure(.unavailable)) }
  }

  /// Answers registrations until `close`. Runs on the registrar's own thread.
  func run() {
    var link = RegistrarLink(settings, incarnations)
    var isPulseDue = true
    while !state.withLock({ $0.isClosed }) {
      answerExpired()
      do throws(PostgresError) {
        let isHeldUp = try serve(over: &link)
        if isPulseDue { try link.checkPulse() }
        availability.succeeded(.registrar)
        health.end(Self.component)
        let isIdle = !someoneArrives(within: isHeldUp ? Self.pauseForLocks : Self.pulse)
        isPulseDue = isIdle && !isHeldUp
      } catch {
        logger.log(.debug, "registrations wait for the database", [.error: "\(error.message)"])
        health.report(Self.component, .init(error), error.problemReason, at: .now)
        if RetryPolicy.decision(on: error) != .contended {
          availability.failed(.registrar, at: .now)
        }
        link.drop()
        isPulseDue = true
        _ = someoneArrives(within: Self.pauseAfterFailure)
      }
    }
  }

  /// Answers all waiting registrations, round by round.
  /// - Returns: True when the rest waits because other transactions hold their rows.
  private func serve(over link: inout RegistrarLink) throws(PostgresError) -> Bool {
    while true {
      answerExpired()
      let round = state.withLock { $0.queue.takeRound() }
      guard !round.isEmpty else { return false }
      let skipped: [PendingRegistration]
      do throws(PostgresError) {
        skipped = try answer(round, over: &link)
      } catch {
        guard RetryPolicy.decision(on: error) == .blocked, round.count > 1 else {
          putBack(round)
          throw error
        }
        link.drop()
        skipped = try answerEach(of: round, over: &link)
      }
      putBack(skipped)
      if skipped.count == round.count { return true }
    }
  }

  /// - Returns: Registrations of the round whose rows are locked.
  private func answer(
    _ round: [PendingRegistration], over link: inout RegistrarLink
  ) throws(PostgresError) -> [PendingRegistration] {
    var skipped: [PendingRegistration] = []
    let answers = try link.run(RegistrationRound(round.map(\.registration), adopts: adopts))
    precondition(answers.count == round.count, "an answer or nil for each registration")
    for (pending, answer) in zip(round, answers) {
      if let answer { pending.completion(answer) } else { skipped.append(pending) }
    }
    return skipped
  }

  /// Answers the registrations one by one, because one of them waits for a row that another transaction is
  /// inserting.
  private func answerEach(
    of round: [PendingRegistration], over link: inout RegistrarLink
  ) throws(PostgresError) -> [PendingRegistration] {
    precondition(round.count > 1, "one registration alone is not split")
    var skipped: [PendingRegistration] = []
    for (place, pending) in round.enumerated() {
      do throws(PostgresError) {
        skipped += try answer([pending], over: &link)
      } catch {
        link.drop()
        skipped.append(pending)
        guard RetryPolicy.decision(on: error) == .blocked else {
          putBack(skipped + round[(place + 1)...])
          throw error
        }
      }
    }
    return skipped
  }

  private func someoneArrives(within limit: Duration) -> Bool {
    arrivals.wait(timeout: .now() + .milliseconds(Int(limit.wholeMilliseconds))) == .success
  }

  /// Returns the registrations to the queue, where they are tried again until their deadline.
  private func putBack(_ round: [PendingRegistration]) {
    let refused = state.withLock { state in
      round.filter { state.isClosed || !state.queue.append($0) }
    }
    refused.forEach { $0.completion(.failure(.unavailable)) }
  }

  private func answerExpired() {
    let expired = state.withLock { $0.queue.takeExpired(at: .now) }
    expired.forEach { $0.completion(.failure(.unavailable)) }
  }
}

/// The registrar's connection, with the incarnation of its database.
///
/// A new connection is made every 3 s, because only a new connection shows which server the address leads to
/// now. After a failover the old connection of an idle server may stay at the former primary for ever.
private struct RegistrarLink {
  private struct Open {
    let connection: PostgresConnection
    let identity: StoreIdentity
    let incarnation: StoreIncarnation
    let madeAt: ContinuousClock.Instant
  }

  /// Time for which registrations use one connection. A pulse, which is due earlier, always makes a new
  /// connection.
  private static let longestUse = Duration.seconds(3)

  private let settings: ConnectionSettings
  private let incarnations: Incarnations
  private var open: Open?
  /// Database whose foreign ledger rows were adopted last; see `ForeignLedger`.
  private var adoptedBy: StoreIdentity?

  init(_ settings: ConnectionSettings, _ incarnations: Incarnations) {
    self.settings = settings
    self.incarnations = incarnations
  }

  mutating func run(
    _ round: RegistrationRound
  ) throws(PostgresError) -> [Result<RegistrationGrant, RegistrationError>?] {
    let link = try opened()
    return try round.run(
      over: link.connection, identity: link.identity, incarnation: link.incarnation)
  }

  /// Makes a new connection, to see which database answers at the address now.
  mutating func checkPulse() throws(PostgresError) {
    drop()
    _ = try opened()
  }

  /// Drops the connection, because a failed round leaves its transaction open.
  mutating func drop() {
    open = nil
  }

  private mutating func opened() throws(PostgresError) -> Open {
    let now = ContinuousClock.now
    if let open, open.incarnation == incarnations.current, now - open.madeAt < Self.longestUse { return open }
    drop()
    let connection = try PostgresConnection(settings)
    let identity = try StoreIdentity.read(over: connection)
    if adoptedBy != identity {
      try connection.execute(ForeignLedger.adopt)
      adoptedBy = identity
    }
    let fresh = Open(
      connection: connection, identity: identity, incarnation: incarnations.found(identity), madeAt: now)
    open = fresh
    return fresh
  }
}
