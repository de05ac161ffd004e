/// The states of a server's connection (`spec/wire-protocol.md`, section 2), each with what only this state
/// needs.
///
/// A connection only moves down this list. The compiler checks that each branch of a transition stores a
/// state.
enum ServerState: ~Copyable {
  /// The client's preface is awaited until the deadline.
  case preface(deadline: ContinuousClock.Instant)
  /// HELLO is awaited until the deadline.
  case hello(deadline: ContinuousClock.Instant)
  /// CHALLENGE was sent: AUTH is awaited until the deadline.
  case challenged(Hello, HandshakeTranscript, deadline: ContinuousClock.Instant)
  /// The shell checks the client's proof until the deadline.
  case authenticating(Hello, HandshakeTranscript, deadline: ContinuousClock.Instant)
  /// The store registers the producer until the deadline. There is a transcript when the client proved a key.
  case registering(Hello, HandshakeTranscript?, deadline: ContinuousClock.Instant)
  /// Batches are taken.
  case open(ServerSession)
  /// GOAWAY was sent: further batches are discarded, batches taken before are answered.
  case draining(ServerSession)
  /// The client sent GOAWAY or shut down its direction: batches taken before are answered.
  case leaving(ServerSession)
  /// The connection has ended; at most an ERROR waits to be sent.
  case closed(ProducerID?)

  /// A state without what it carries, for comparisons and messages.
  enum Phase: Int, Comparable {
    case preface, hello, challenged, authenticating, registering, open, draining, leaving, closed

    /// Whether WELCOME was not sent and the connection has not ended.
    var isHandshake: Bool { self <= .registering }

    static func < (one: Phase, other: Phase) -> Bool { one.rawValue < other.rawValue }

    /// Whether a frame of this type is allowed from a client.
    func takes(_ type: FrameType) -> Bool {
      switch type {
      case .error: self != .closed
      case .hello: self == .hello
      case .auth: self == .challenged
      case .publish, .goAway: self == .open || self == .draining
      case .heartbeat: self == .open || self == .draining || self == .leaving
      case .challenge, .welcome, .ack, .window: false
      }
    }
  }

  var phase: Phase {
    switch self {
    case .preface: .preface
    case .hello: .hello
    case .challenged: .challenged
    case .authenticating: .authenticating
    case .registering: .registering
    case .open: .open
    case .draining: .draining
    case .leaving: .leaving
    case .closed: .closed
    }
  }

  /// The producer named by HELLO; nil before HELLO.
  var producer: ProducerID? {
    switch self {
    case .preface: nil
    case .hello: nil
    case .challenged(let hello, _, _): hello.producer
    case .authenticating(let hello, _, _): hello.producer
    case .registering(let hello, _, _): hello.producer
    case .open(let session): session.producer
    case .draining(let session): session.producer
    case .leaving(let session): session.producer
    case .closed(let producer): producer
    }
  }

  /// The end of the time for the handshake; nil when the handshake is over.
  var deadline: ContinuousClock.Instant? {
    switch self {
    case .preface(let deadline): deadline
    case .hello(let deadline): deadline
    case .challenged(_, _, let deadline): deadline
    case .authenticating(_, _, let deadline): deadline
    case .registering(_, _, let deadline): deadline
    default: nil
    }
  }

  /// Whether nothing more will be sent.
  var isFinished: Bool {
    switch self {
    case .draining(let session): session.isAnswered
    case .leaving(let session): session.isAnswered
    case .closed: true
    default: false
    }
  }

  /// The preface of this version was received.
  mutating func prefaceReceived() {
    switch consume self {
    case .preface(let deadline): self = .hello(deadline: deadline)
    default: preconditionFailure("a preface comes first and once")
    }
  }

  /// HELLO was received and needs no proof: the store is asked.
  mutating func helloReceived(_ hello: Hello) {
    switch consume self {
    case .hello(let deadline): self = .registering(hello, nil, deadline: deadline)
    default: preconditionFailure("HELLO follows the preface")
    }
  }

  /// HELLO was received and answered with CHALLENGE.
  mutating func challenged(_ hello: Hello, _ transcript: HandshakeTranscript) {
    switch consume self {
    case .hello(let deadline): self = .challenged(hello, transcript, deadline: deadline)
    default: preconditionFailure("HELLO follows the preface")
    }
  }

  /// AUTH was received: the shell checks the proof.
  /// - Parameter auth: the whole frame.
  /// - Returns: the frames under the proof.
  mutating func authReceived(_ auth: [UInt8]) -> HandshakeTranscript {
    switch consume self {
    case .challenged(let hello, var transcript, let deadline):
      transcript.add(auth: auth)
      self = .authenticating(hello, transcript, deadline: deadline)
      return transcript
    default: preconditionFailure("AUTH follows CHALLENGE")
    }
  }

  /// The proof is right: the store is asked.
  mutating func authenticated() -> Hello {
    switch consume self {
    case .authenticating(let hello, let transcript, let deadline):
      self = .registering(hello, transcript, deadline: deadline)
      return hello
    default: preconditionFailure("no proof waits to be checked")
    }
  }

  /// The store registered the producer. `makeSession` receives the HELLO, and the transcript when the client
  /// proved a key, and returns the session.
  mutating func registered(_ makeSession: (Hello, HandshakeTranscript?) -> ServerSession) {
    switch consume self {
    case .registering(let hello, let transcript, _): self = .open(makeSession(hello, transcript))
    default: preconditionFailure("no HELLO waits for a registration")
    }
  }

  /// The server is about to stop.
  /// - Returns: the sequence for GOAWAY; nil when no GOAWAY is due.
  mutating func drain() -> UInt64? {
    switch consume self {
    case .open(let session):
      let last = session.lastTaken
      self = .draining(session)
      return last
    case let unchanged:
      self = unchanged
      return nil
    }
  }

  /// The client sends nothing more.
  mutating func peerEnded() {
    switch consume self {
    case .preface: self = .closed(nil)
    case .hello: self = .closed(nil)
    case .challenged(let hello, _, _): self = .closed(hello.producer)
    case .authenticating(let hello, _, _): self = .closed(hello.producer)
    case .registering(let hello, _, _): self = .closed(hello.producer)
    case .open(let session): self = .leaving(session)
    case .draining(let session): self = .leaving(session)
    case .leaving(let session): self = .leaving(session)
    case .closed(let producer): self = .closed(producer)
    }
  }

  /// The connection ends at once.
  mutating func end() { self = .closed(producer) }

  /// Lets `change` work on the session and the output. Without effect before WELCOME and after the end.
  /// - Returns: the result of `change`; nil when there is no session.
  @discardableResult
  mutating func withSession<Result>(
    _ output: inout FrameWriter, _ change: (inout ServerSession, inout FrameWriter) -> Result
  ) -> Result? {
    switch consume self {
    case .open(var session):
      let result = change(&session, &output)
      self = .open(session)
      return result
    case .draining(var session):
      let result = change(&session, &output)
      self = .draining(session)
      return result
    case .leaving(var session):
      let result = change(&session, &output)
      self = .leaving(session)
      return result
    case let unchanged:
      self = unchanged
      return nil
    }
  }
}
