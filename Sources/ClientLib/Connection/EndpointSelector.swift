import SocketIO
import WireProtocol

/// Decides which endpoint to try next, and when. Pure: time and randomness come as arguments.
///
/// Endpoints are tried in turn. There is no pause before an endpoint that was not tried since the last
/// success. After a round over all endpoints there is a pause, which grows with each round.
struct EndpointSelector {
  /// Decision after a failure.
  enum Decision: Equatable {
    /// Connect to the endpoint with this index after a pause.
    case connect(endpoint: Int, after: Duration)
    /// Connect to the same endpoint under a new identity after a pause.
    case renewIdentity(endpoint: Int, after: Duration)
    /// No further attempt can help.
    case giveUp(ProducerError)
  }

  private let endpoints: [String]
  /// Nil when the first connection may come at any time.
  private let deadline: ContinuousClock.Instant?
  private var backoff: Backoff
  /// Index of the endpoint that is being tried or was connected last.
  private(set) var current = 0
  private var failuresInARow = 0
  /// Longest pause that a server asked for in this round.
  private var askedFor = Duration.zero
  private var hasBeenOpen = false
  /// HELLOs without a WELCOME. A server may still process each of them.
  private var unansweredHellos: Int

  /// A selector that gives up at `deadline` when there was no connection by then; without a deadline, never for
  /// lack of a connection.
  /// - Parameters:
  ///   - endpoints: texts of the endpoints for messages, at least one.
  ///   - unansweredHellos: HELLOs under the same identity that an earlier process may have sent last.
  init(endpoints: [String], backoff: Backoff, deadline: ContinuousClock.Instant?, unansweredHellos: Int = 0) {
    precondition(!endpoints.isEmpty, "a selector has at least one endpoint")
    self.endpoints = endpoints
    self.backoff = backoff
    self.deadline = deadline
    self.unansweredHellos = unansweredHellos
  }

  /// Time that the attempt that starts now may take: `longest`, but not beyond the deadline.
  func timeout(now: ContinuousClock.Instant, longest: Duration) -> Duration {
    guard !hasBeenOpen, let deadline else { return longest }
    return max(.milliseconds(1), min(longest, deadline - now))
  }

  /// Records that the connection to another endpoint is given up for one to `endpoint`.
  mutating func moved(to endpoint: Int) {
    precondition(endpoints.indices.contains(endpoint), "an endpoint is tried that is not in the list")
    current = endpoint
  }

  /// Records that a handshake succeeded.
  mutating func opened() {
    hasBeenOpen = true
  }

  /// Records that a connection was useful: batches were answered, or it lasted.
  mutating func succeeded() {
    failuresInARow = 0
    backoff.reset()
  }

  /// Records that a connection ended after HELLO and before WELCOME.
  ///
  /// The server may process this HELLO late, when the producer is connected elsewhere. Then it supersedes
  /// the living connection, although no other program uses the identity.
  mutating func helloWasUnanswered() {
    unansweredHellos += 1
  }

  /// Returns the decision after a connection or an attempt failed.
  mutating func failed(
    _ failure: ConnectionFailure, now: ContinuousClock.Instant,
    using generator: inout some RandomNumberGenerator
  ) -> Decision {
    let place = endpoints[current]
    if case .reported(let report) = failure {
      if report.error.code == .producerStale || report.error.code == .sequenceReused {
        // The server works, so the same endpoint is tried again.
        unansweredHellos = 0
        return .renewIdentity(endpoint: current, after: backoff.next(using: &generator))
      }
      if report.retry == .never, !isWorthRetrying(report) {
        return .giveUp(ProducerError(ending: report, at: place))
      }
      if report.retry == .afterDelay { askedFor = max(askedFor, report.delay) }
    }
    let pause = nextPause(using: &generator)
    if !hasBeenOpen, let deadline, now + pause >= deadline {
      return .giveUp(
        ProducerError(
          .unreachable, "no server was reached in time; the last attempt: \(failure.text(at: place))",
          isRetryable: true))
    }
    return .connect(endpoint: current, after: pause)
  }

  /// Whether to try again although the report's retry class is `never`: while a server restarts, another
  /// program may answer on its port, and a late HELLO may have superseded this connection. Each late HELLO
  /// explains one such end. Without that bound two programs with one identity would supersede each other
  /// for ever. Without a deadline the producer already takes batches, so the server may be restarting also
  /// before the first connection.
  private mutating func isWorthRetrying(_ report: ErrorFrame) -> Bool {
    if report.error.code == .superseded, unansweredHellos > 0 {
      unansweredHellos -= 1
      return true
    }
    return (hasBeenOpen || deadline == nil) && report.error.code == .notSluice
  }

  private mutating func nextPause(using generator: inout some RandomNumberGenerator) -> Duration {
    assert(endpoints.indices.contains(current), "an endpoint is tried that is not in the list")
    current = (current + 1) % endpoints.count
    failuresInARow += 1
    guard failuresInARow.isMultiple(of: endpoints.count) else { return .zero }
    defer { askedFor = .zero }
    return max(askedFor, backoff.next(using: &generator))
  }
}

/// Pauses between attempts. They double up to a limit, and each is drawn at random from its upper half, so
/// that clients of a failed server do not come back at the same moment.
struct Backoff {
  private let shortest: Duration
  private let longest: Duration
  private var ceiling: Duration

  /// Pauses from `shortest` to `longest`.
  init(shortest: Duration, longest: Duration) {
    precondition(shortest > .zero && longest >= shortest)
    self.shortest = shortest
    self.longest = longest
    ceiling = shortest
  }

  /// Returns the next pause.
  mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
    defer { ceiling = min(longest, ceiling * 2) }
    let fraction = Double(generator.next() >> 11) * 0x1p-53
    return ceiling / 2 + ceiling / 2 * fraction
  }

  /// Starts again at the shortest pause.
  mutating func reset() {
    ceiling = shortest
  }
}

/// Reason why a connection or an attempt ended.
enum ConnectionFailure {
  /// An error of a system call.
  case socket(SocketError)
  /// An ERROR of the server, or a protocol violation that this side found.
  case reported(ErrorFrame)
  /// The server closed the connection without ERROR or GOAWAY.
  case ended
  /// The server sent GOAWAY.
  case goAway

  /// The reason in words for people, where `place` is the endpoint.
  func text(at place: String) -> String {
    switch self {
    case .socket(let error): "\(error)"
    case .reported(let report): "\(place): \(report.error)"
    case .ended: "\(place) closed the connection"
    case .goAway: "\(place) is about to stop"
    }
  }
}
