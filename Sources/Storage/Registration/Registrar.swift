internal import Dispatch
internal import Ingest
internal import Logging
internal import Synchronization

/// Answers HELLOs, all that wait together, on a thread and a connection of its own: a writer's is busy for
/// too long. Each gets its answer within a bounded time, `unavailable` if there is no better one.
///
/// While nothing waits it asks the database for a sign of life now and then, so that its absence is known
/// before somebody needs it.
final class Registrar: Sendable {
  private struct State {
    var line = RegistrationLine()
    var isClosed = false
  }

  private let settings: ConnectionSettings
  private let patience: Duration
  private let availability: Availability
  private let logger: Logger
  private let state = Mutex(State())
  private let arrivals = DispatchSemaphore(value: 0)

  /// How long one attempt may take: with `patience` it bounds the wait for an answer.
  private static let attemptLimit = Duration.seconds(3)
  private static let pulse = Duration.seconds(2)
  private static let pauseAfterFailure = Duration.milliseconds(200)

  /// - Parameter patience: how long a registration waits for the database.
  init(
    _ settings: ConnectionSettings, patience: Duration, availability: Availability, logger: Logger
  ) {
    var settings = settings
    settings.connectTimeout = Self.attemptLimit
    settings.lockTimeout = Self.attemptLimit
    settings.statementTimeout = Self.attemptLimit
    settings.answerTimeout = Self.attemptLimit + .seconds(1)
    self.settings = settings
    self.patience = patience
    self.availability = availability
    self.logger = logger
  }

  /// Adds a registration to those that wait.
  func register(
    _ registration: ProducerRegistration,
    completion: @escaping @Sendable (Result<ProducerSession, RegistrationError>) -> Void
  ) {
    let pending = PendingRegistration(
      registration: registration, deadline: .now + patience, completion: completion)
    let isWaiting = state.withLock { !$0.isClosed && $0.line.append(pending) }
    guard isWaiting else { return completion(.failure(.unavailable)) }
    arrivals.signal()
  }

  /// Answers whoever waits as unavailable, and ends `run`.
  func close() {
    let waiting = state.withLock { state in
      state.isClosed = true
      return state.line.takeAll()
    }
    arrivals.signal()
    waiting.forEach { $0.completion(.failure(.unavailable)) }
  }

  /// Works until `close`. On the registrar's own thread.
  func run() {
    var link = RegistrarLink(settings)
    var isPulseDue = true
    while !state.withLock({ $0.isClosed }) {
      answerExpired()
      do throws(PostgresError) {
        try serve(over: &link)
        if isPulseDue { try link.checkPulse() }
        availability.succeeded(.registrar)
        isPulseDue = !someoneArrives(within: Self.pulse)
      } catch {
        logger.log(.debug, "registrations wait for the database", [.error: "\(error.message)"])
        if RetryPolicy.verdict(on: error) != .contended {
          availability.failed(.registrar, at: .now)
        }
        link.drop()
        isPulseDue = true
        _ = someoneArrives(within: Self.pauseAfterFailure)
      }
    }
  }

  /// Answers everybody who waits, round by round.
  private func serve(over link: inout RegistrarLink) throws(PostgresError) {
    while case let round = state.withLock({ $0.line.takeRound() }), !round.isEmpty {
      do throws(PostgresError) {
        let answers = try link.run(RegistrationRound(round.map(\.registration)))
        for (pending, answer) in zip(round, answers) { pending.completion(answer) }
      } catch {
        putBack(round)
        throw error
      }
    }
  }

  private func someoneArrives(within limit: Duration) -> Bool {
    arrivals.wait(timeout: .now() + .milliseconds(Int(limit.milliseconds))) == .success
  }

  /// They try again until their time is over.
  private func putBack(_ round: [PendingRegistration]) {
    let refused = state.withLock { state in
      round.filter { state.isClosed || !state.line.append($0) }
    }
    refused.forEach { $0.completion(.failure(.unavailable)) }
  }

  private func answerExpired() {
    let expired = state.withLock { $0.line.takeExpired(at: .now) }
    expired.forEach { $0.completion(.failure(.unavailable)) }
  }
}

/// The registrar's connection, made when it is needed, with what the database said about itself then.
private struct RegistrarLink {
  private let settings: ConnectionSettings
  private var open: (connection: PostgresConnection, identity: StoreIdentity)?

  init(_ settings: ConnectionSettings) {
    self.settings = settings
  }

  mutating func run(
    _ round: RegistrationRound
  ) throws(PostgresError) -> [Result<ProducerSession, RegistrationError>] {
    let (connection, identity) = try opened()
    return try round.run(over: connection, identity: identity)
  }

  mutating func checkPulse() throws(PostgresError) {
    _ = try opened().connection.query("SELECT 1")
  }

  /// A failed round leaves its transaction open; a new connection is the simplest way out of it.
  mutating func drop() {
    open = nil
  }

  /// The identity is read anew with each connection: it may lead to another server after a failover.
  private mutating func opened() throws(PostgresError) -> (
    connection: PostgresConnection, identity: StoreIdentity
  ) {
    if let open { return open }
    let connection = try PostgresConnection(settings)
    let fresh = (connection, try StoreIdentity.read(over: connection))
    open = fresh
    return fresh
  }
}
