/// The server's side of one connection, without sockets, threads or clocks: bytes, answers of the store and
/// time go in; what to do next, and frames to send, come out.
///
/// The shell feeds `receive` until it wants more bytes, does what the returned action says, and sends what
/// `takeOutput` gives. Rules: `spec/wire-protocol.md`.
public struct ServerConnection: ~Copyable {
  /// How one server speaks.
  public struct Configuration: Sendable {
    /// What WELCOME advertises.
    public var limits: ConnectionLimits
    /// The first credit, and the most that is ever outstanding.
    public var credit: Credit
    /// This process.
    public var server: ProducerID
    /// How long preface, HELLO and registration may take in all.
    public var handshake: Duration
    /// In which a body must gain 64 KiB or end.
    public var bodyProgress: Duration

    /// The configuration of a server process.
    public init(
      limits: ConnectionLimits, credit: Credit, server: ProducerID, handshake: Duration,
      bodyProgress: Duration
    ) {
      self.limits = limits
      self.credit = credit
      self.server = server
      self.handshake = handshake
      self.bodyProgress = bodyProgress
    }
  }

  enum Phase: Hashable {
    case preface
    case hello
    case registering
    /// Batches are taken.
    case open
    /// GOAWAY was sent: batches are thrown away, what is outstanding is answered.
    case draining
    /// The client sent GOAWAY: what is outstanding is answered.
    case leaving
    case closed
  }

  /// What the shell is to do.
  public enum Action: Hashable, Sendable {
    /// Call again when so many bytes are there.
    case needMore(total: Int)
    /// Go on with what follows.
    case proceed
    /// Ask the store for a session, then call `registered` or `registrationFailed`.
    case register(Hello)
    /// Decompress, validate and queue the batch whose body stands at these bytes, then call `accepted` or `refused`.
    case admit(PublishHeader, body: Range<Int>)
    /// Send the output and close; for logs and metrics, why.
    case close(WireError)
    /// Send the output and close: the peer speaks something else.
    case turnAway([UInt8])
  }

  /// Bytes used, and what to do.
  public struct Step: Hashable, Sendable {
    /// How many of the bytes are done with.
    public let consumed: Int
    /// What to do.
    public let action: Action
  }

  static let handshakeBodyLimit = 8_192

  let configuration: Configuration
  let startedAt: ContinuousClock.Instant
  var phase = Phase.preface
  var features: Features = []
  var hello: Hello?
  var output = FrameWriter()
  var liveness: Liveness
  var progress: BodyProgress
  var credit: CreditAccount
  var settled = SettledWindow(base: 1, floor: 0, settled: [])
  var lastTaken: UInt64 = 0
  var unsentAccepted: UInt64?
  var unsentCommitted: [CommittedBatch] = []

  /// A connection that was just accepted.
  public init(configuration: Configuration, now: ContinuousClock.Instant) {
    self.configuration = configuration
    startedAt = now
    liveness = Liveness(
      heartbeat: configuration.limits.heartbeat, silence: configuration.limits.silence, now: now)
    progress = BodyProgress(period: configuration.bodyProgress)
    credit = CreditAccount(window: configuration.credit)
  }

  /// The producer, once it said who it is.
  public var producer: ProducerID? { hello?.producer }

  /// Batches that were taken and not yet answered for good.
  public var outstandingCount: Int { credit.outstandingCount }

  /// Whether everything is answered after a GOAWAY of either side: the shell may shut down its direction.
  public var isFinished: Bool {
    phase == .closed
      || (phase == .draining || phase == .leaving) && credit.outstandingCount == 0
        && unsentAccepted == nil && unsentCommitted.isEmpty
  }

  /// Looks at the bytes that have arrived and are not consumed yet.
  public mutating func receive(_ bytes: RawSpan, now: ContinuousClock.Instant) -> Step {
    do {
      let step = try phase == .preface ? receivePreface(bytes) : receiveFrame(bytes)
      if case .needMore = step.action {
        progress.held(bytes.byteCount, at: now)
      } else {
        liveness.received(at: now)
        progress.held(0, at: now)
      }
      return step
    } catch {
      return Step(consumed: bytes.byteCount, action: fail(error))
    }
  }

  /// Bytes arrived that `receive` does not need to look at yet; `held` is how many of the frame there are.
  public mutating func bodyGrew(to held: Int, now: ContinuousClock.Instant) {
    liveness.received(at: now)
    progress.held(held, at: now)
  }

  /// The shell stopped reading, or began again: the peer's silence does not count in between.
  public mutating func readingChanged(_ reading: Bool, now: ContinuousClock.Instant) {
    liveness.readingChanged(reading, at: now)
    progress.readingChanged(at: now)
  }

  /// Ends the connection with an ERROR in the output.
  public mutating func fail(_ error: WireError, delay: Duration = .zero) -> Action {
    guard phase != .closed else { return .close(error) }
    if phase == .preface { output.preface() }
    phase = .closed
    output.error(ErrorFrame(error, delay: delay))
    return .close(error)
  }

  /// The frames to send now. Acknowledgements that have gathered become one frame of each kind.
  public mutating func takeOutput(queue: (batches: Int, bytes: Int), now: ContinuousClock.Instant) -> [UInt8]
  {
    writeAcknowledgements(queue: queue)
    guard !output.isEmpty else { return [] }
    liveness.sent(at: now)
    return output.take()
  }
}
