import WireProtocol

/// Which endpoint to try next, and when. Pure: time and randomness come as arguments.
///
/// Endpoints are tried in turn. There is no pause while one of them was not tried since the last success;
/// after a round of all of them there is one, longer each time.
struct Route {
  /// What to do after a failure.
  enum Decision: Equatable {
    /// Connect to the endpoint of this index, after a pause.
    case connect(endpoint: Int, after: Duration)
    /// Connect to the same endpoint under a new identity, after a pause.
    case renewIdentity(endpoint: Int, after: Duration)
    /// No attempt can help.
    case giveUp(ProducerError)
  }

  private let endpoints: [String]
  private let deadline: ContinuousClock.Instant
  private var backoff: Backoff
  /// Of the attempt that is under way or succeeded last.
  private(set) var current = 0
  private var failuresInARow = 0
  /// The longest pause that a server asked for in this round.
  private var askedFor = Duration.zero
  private var hasBeenOpen = false
  /// HELLOs that no WELCOME answered, each of which a server may still take.
  private var lateHellos: Int

  /// A route over endpoints, at least one, that gives up at `deadline` if there was no connection by then.
  /// - Parameters:
  ///   - endpoints: as people write them, for messages.
  ///   - lateHellos: HELLOs under the same identity that an earlier process may have left on their way.
  init(endpoints: [String], backoff: Backoff, deadline: ContinuousClock.Instant, lateHellos: Int = 0) {
    precondition(!endpoints.isEmpty, "a route has at least one endpoint")
    self.endpoints = endpoints
    self.backoff = backoff
    self.deadline = deadline
    self.lateHellos = lateHellos
  }

  /// How long the attempt that begins now may take: `longest`, or what is left until the deadline.
  func patience(now: ContinuousClock.Instant, longest: Duration) -> Duration {
    hasBeenOpen ? longest : max(.milliseconds(1), min(longest, deadline - now))
  }

  /// The handshake is over.
  mutating func opened() {
    hasBeenOpen = true
  }

  /// The connection is worth something: batches are answered, or it lasted.
  mutating func proved() {
    failuresInARow = 0
    backoff.reset()
  }

  /// A HELLO was sent, and the connection ended without a WELCOME.
  ///
  /// The server may take it all the same, late, when this producer is connected elsewhere: then it is the
  /// newest connection, and the living one is superseded by nobody else than its own producer.
  mutating func helloWasUnanswered() {
    lateHellos += 1
  }

  /// A connection or an attempt ended.
  mutating func failed(
    _ failure: ConnectionFailure, now: ContinuousClock.Instant,
    using generator: inout some RandomNumberGenerator
  ) -> Decision {
    let place = endpoints[current]
    if case .reported(let report) = failure {
      if report.error.code == .producerStale || report.error.code == .sequenceReused {
        // The server is all right, so it is asked again.
        lateHellos = 0
        return .renewIdentity(endpoint: current, after: backoff.next(using: &generator))
      }
      if report.retry == .never, !mayPass(report) {
        return .giveUp(ProducerError(ending: report, at: place))
      }
      if report.retry == .afterDelay { askedFor = max(askedFor, report.delay) }
    }
    let pause = nextPause(using: &generator)
    if !hasBeenOpen, now + pause >= deadline {
      return .giveUp(
        ProducerError(
          .unreachable, "no server took the connection in time; the last attempt: \(failure.text(at: place))",
          isRetryable: true))
    }
    return .connect(endpoint: current, after: pause)
  }

  /// Whether it is worth trying again although the report says no: something else may answer on the port of a
  /// server that is being restarted, and a late HELLO may have superseded this connection. Each explains one
  /// such end, so that two programs with one identity do not fight for ever.
  private mutating func mayPass(_ report: ErrorFrame) -> Bool {
    if report.error.code == .superseded, lateHellos > 0 {
      lateHellos -= 1
      return true
    }
    return hasBeenOpen && report.error.code == .notSluice
  }

  private mutating func nextPause(using generator: inout some RandomNumberGenerator) -> Duration {
    current = (current + 1) % endpoints.count
    failuresInARow += 1
    guard failuresInARow.isMultiple(of: endpoints.count) else { return .zero }
    defer { askedFor = .zero }
    return max(askedFor, backoff.next(using: &generator))
  }
}
