/// The states of a client's connection (`spec/wire-protocol.md`, section 2), each with what only this state
/// needs.
///
/// A connection only moves down this list. The compiler checks that each branch of a transition stores a
/// state.
enum ClientState: ~Copyable {
  /// The server's preface is awaited until the deadline.
  case preface(deadline: ContinuousClock.Instant)
  /// WELCOME, or CHALLENGE, is awaited until the deadline.
  case awaiting(deadline: ContinuousClock.Instant)
  /// AUTH was sent: WELCOME with the server's proof is awaited until the deadline.
  case authenticating(HandshakeTranscript, deadline: ContinuousClock.Instant)
  /// Batches may be sent.
  case open(ClientSession)
  /// GOAWAY was sent or received: no batch may be sent, answers still come.
  case leaving(ClientSession)
  /// The connection has ended; at most an ERROR waits to be sent.
  case closed

  /// A state without what it carries, for comparisons and messages.
  enum Phase: Hashable {
    case preface, awaiting, authenticating, open, leaving, closed

    /// Whether a frame of this type is allowed from a server.
    func takes(_ type: FrameType) -> Bool {
      switch type {
      case .error: self != .closed
      case .challenge: self == .awaiting
      case .welcome: self == .awaiting || self == .authenticating
      case .ack, .window, .heartbeat, .goAway: self == .open || self == .leaving
      case .hello, .auth, .publish: false
      }
    }
  }

  var phase: Phase {
    switch self {
    case .preface: .preface
    case .awaiting: .awaiting
    case .authenticating: .authenticating
    case .open: .open
    case .leaving: .leaving
    case .closed: .closed
    }
  }

  /// The end of the time for the handshake; nil when the handshake is over.
  var deadline: ContinuousClock.Instant? {
    switch self {
    case .preface(let deadline): deadline
    case .awaiting(let deadline): deadline
    case .authenticating(_, let deadline): deadline
    default: nil
    }
  }

  /// Whether a batch of `rawLength` bytes may be sent now.
  func maySend(rawLength: Int) -> Bool {
    switch self {
    case .open(let session): session.covers(rawLength: rawLength)
    default: false
    }
  }

  /// The preface of this version was received.
  mutating func prefaceReceived() {
    switch consume self {
    case .preface(let deadline): self = .awaiting(deadline: deadline)
    default: preconditionFailure("a preface comes first and once")
    }
  }

  /// CHALLENGE was answered with AUTH.
  mutating func authSent(_ transcript: HandshakeTranscript) {
    switch consume self {
    case .awaiting(let deadline): self = .authenticating(transcript, deadline: deadline)
    default: preconditionFailure("CHALLENGE follows the preface and comes once")
    }
  }

  /// The frames of the handshake so far; nil unless AUTH was sent.
  var transcript: HandshakeTranscript? {
    switch self {
    case .authenticating(let transcript, _): transcript
    default: nil
    }
  }

  /// WELCOME was received: the handshake is over.
  mutating func welcomeReceived(_ session: consuming ClientSession) {
    switch consume self {
    case .awaiting: self = .open(session)
    case .authenticating: self = .open(session)
    default: preconditionFailure("WELCOME follows the preface and comes once")
    }
  }

  /// One side leaves: no further batch is sent.
  /// - Returns: the sequence for GOAWAY; nil unless the connection was open.
  mutating func leave() -> UInt64? {
    switch consume self {
    case .open(let session):
      let last = session.lastSent
      self = .leaving(session)
      return last
    case let unchanged:
      self = unchanged
      return nil
    }
  }

  /// Lets `change` work on the session. Without effect before WELCOME and after the end.
  /// - Returns: the result of `change`; nil when there is no session.
  @discardableResult
  mutating func withSession<Result, Failure: Error>(
    _ change: (inout ClientSession) throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    switch consume self {
    case .open(var session):
      do throws(Failure) {
        let result = try change(&session)
        self = .open(session)
        return result
      } catch {
        self = .open(session)
        throw error
      }
    case .leaving(var session):
      do throws(Failure) {
        let result = try change(&session)
        self = .leaving(session)
        return result
      } catch {
        self = .leaving(session)
        throw error
      }
    case let unchanged:
      self = unchanged
      return nil
    }
  }
}
