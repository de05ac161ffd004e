/// The server's side of one connection, without sockets, threads or clocks.
///
/// Bytes, answers of the store and time go in. Frames to send, and the next action of the shell, come out.
/// The shell calls `receive` until it needs more bytes, does what each result says, and sends what
/// `takeOutput` returns. Rules: `spec/wire-protocol.md`, section 2.
public struct ServerConnection: ~Copyable {
  /// Largest body in bytes before WELCOME. A larger one ends the connection with `frameTooLarge`.
  static let handshakeBodyLimit = 8_192

  private let configuration: Configuration
  private let challenge: Challenge?
  private var isRecognised = false
  private var state: ServerState
  private var output = FrameWriter()
  private var liveness: Liveness
  private var progress: BodyProgress
  private var trace = PendingTrace()

  /// A connection that was just accepted.
  /// - Parameter challenge: the answer to HELLO, with a fresh nonce, when the client must prove a key; nil
  ///   when everybody may publish.
  public init(configuration: Configuration, challenge: Challenge? = nil, now: ContinuousClock.Instant) {
    self.configuration = configuration
    self.challenge = challenge
    state = .preface(deadline: now + configuration.handshake)
    liveness = Liveness(
      heartbeat: configuration.limits.heartbeat, idleTimeout: configuration.limits.idleTimeout, now: now)
    progress = BodyProgress(period: configuration.bodyProgress)
  }

  /// The producer named by HELLO; nil before HELLO. It stays known after the connection has ended.
  public var producer: ProducerID? { state.producer }

  /// Whether the shell may shut down its direction: the connection has ended, or everything is answered after
  /// a GOAWAY of either side.
  public var isFinished: Bool { state.isFinished }

  /// Takes the preface or the frame at the start of the bytes that have arrived and were not consumed.
  /// After the connection has ended, all bytes are consumed without effect.
  public mutating func receive(_ bytes: RawSpan, now: ContinuousClock.Instant) -> Step {
    do throws(WireError) {
      let step = try state.phase == .preface ? receivePreface(bytes) : receiveFrame(bytes)
      if case .needMore = step.action {
        progress.held(bytes.byteCount, at: now)
      } else {
        liveness.received(at: now)
        progress.held(0, at: now)
      }
      assert(step.consumed <= bytes.byteCount, "more bytes were consumed than there are")
      return step
    } catch {
      fail(error)
      return Step(consumed: bytes.byteCount, action: .close(error))
    }
  }

  /// Returns the memory that the batch at the start of `bytes` takes, as soon as its header is there. The caller reserves
  /// it before receiving the body. Nil for another frame, and for lengths above their limits; nothing else is checked.
  public func announcedBatch(in bytes: RawSpan) -> BatchAnnouncement? {
    guard state.phase == .open, bytes.byteCount >= FrameHeader.byteCount,
      let header = try? FrameHeader(parsing: bytes),
      header.type == FrameType.publish.rawValue, header.bodyLength <= bodyLimit(of: header.type),
      header.rawLength <= configuration.limits.batch.rawBytes
    else { return nil }
    return BatchAnnouncement(frameBytes: header.byteCount, rawBytes: Int(header.rawLength))
  }

  /// Notes that `held` bytes of a frame have arrived, and that `receive` does not need to look at them yet.
  public mutating func bodyGrew(to held: Int, now: ContinuousClock.Instant) {
    liveness.received(at: now)
    progress.held(held, at: now)
  }

  /// Notes that the shell stopped reading, or began again. No limit of a silent client runs in between.
  public mutating func readingChanged(_ reading: Bool, now: ContinuousClock.Instant) {
    liveness.readingChanged(reading, at: now)
    progress.readingChanged(reading, at: now)
  }

  /// Notes that the client's certificate names a principal, so that a HELLO without a key needs no CHALLENGE.
  public mutating func recognised() { isRecognised = true }

  /// Notes that the proof of `authenticate` is right. Traps when no proof waits. For a wrong proof the shell
  /// calls `fail` with `authenticationFailed`.
  /// - Returns: the HELLO to register, as the action `register` does without a challenge.
  public mutating func authenticated() -> Hello { state.authenticated() }

  /// Answers the HELLO of `register` with WELCOME: batches are taken from now on. Traps when no HELLO waits.
  /// - Parameters:
  ///   - session, floor, highest, lineage, durability: as the store returned them; traps when `highest` is below `floor`.
  ///   - sequences: settled sequences of the producer, in any order.
  ///   - prove: returns the server's proof over the transcript; not nil when the client proved a key.
  public mutating func registered(
    session: UInt64, floor: UInt64, highest: UInt64, settled sequences: [UInt64], lineage: Lineage,
    durability: Durability, prove: ((HandshakeTranscript) -> Bytes32)? = nil
  ) {
    precondition(highest >= floor, "the database knows every sequence up to its floor")
    let configuration = configuration
    var welcome: Welcome?
    state.registered { hello, transcript in
      let unproven = configuration.welcome(
        to: hello, session: session, floor: floor, highest: highest, settled: sequences, lineage: lineage,
        durability: durability)
      welcome = unproven.proven(over: transcript, by: prove)
      return ServerSession(
        producer: hello.producer, features: unproven.features,
        credit: CreditAccount(window: configuration.credit),
        settled: SettledWindow(base: hello.base, floor: floor, settled: sequences))
    }
    if let welcome { output.welcome(welcome) }
  }

  /// Notes that a batch is in the queue: the next output says so. Without effect when the batch is answered.
  public mutating func accepted(_ sequence: UInt64) {
    precondition(!state.phase.isHandshake, "no batch is taken before WELCOME")
    state.withSession(&output) { session, _ in session.accepted(sequence) }
  }

  /// Notes that a batch is committed: the next output says so. Without effect when the batch is answered.
  public mutating func committed(_ batch: CommittedBatch) {
    precondition(!state.phase.isHandshake, "no batch is taken before WELCOME")
    state.withSession(&output) { session, _ in session.committed(batch) }
  }

  /// Refuses a batch with an ERROR; the connection stays. Without effect when the batch is answered.
  public mutating func refused(_ sequence: UInt64, _ error: WireError) {
    precondition(error.code.scope == .batch, "\(error.code.name) does not end a batch alone")
    precondition(!state.phase.isHandshake, "no batch is taken before WELCOME")
    state.withSession(&output) { session, output in session.refuse(sequence, error, to: &output) }
  }

  /// Holds back further credit, or gives it again: the next output says so. Without effect before WELCOME.
  public mutating func setCreditHeld(_ isHeld: Bool) {
    state.withSession(&output) { session, _ in session.isCreditHeld = isHeld }
  }

  /// Announces that the server stops: no further batch is taken, batches taken before are answered.
  /// - Parameter within: the time until the server closes the connection, as the client is told.
  /// - Returns: `close` when the handshake was not over.
  public mutating func drain(within: Duration) -> OnDrain {
    if state.phase.isHandshake {
      fail(.draining)
      return .close(.draining)
    }
    if let last = state.drain() {
      output.goAway(GoAway(lastSequence: last, within: within, reason: "the server is shutting down"))
    }
    return .proceed
  }

  /// Notes that the client shut down its direction: it sends nothing more, but may still read answers.
  public mutating func peerEnded() { state.peerEnded() }

  /// Ends the connection when a time limit is over. Puts a heartbeat into the output when one is due.
  /// - Parameters:
  ///   - storeUnavailable: how long the store has not been reached; zero while it is reached.
  ///   - retryDelay: the delay in the ERROR when the store did not answer the registration in time.
  public mutating func tick(
    now: ContinuousClock.Instant, storeUnavailable: Duration, retryDelay: Duration = .seconds(1)
  ) -> OnTick {
    if let error = overdue(at: now) {
      fail(error, delay: error.code == .storeUnavailable ? retryDelay : .zero)
      return .close(error)
    }
    if state.phase >= .open, state.phase != .closed, liveness.isHeartbeatDue(at: now) {
      output.heartbeat(Heartbeat(storeUnavailable: storeUnavailable))
    }
    return .proceed
  }

  /// Error of the time limit that has passed at `now`; nil when no limit has passed.
  private func overdue(at now: ContinuousClock.Instant) -> WireError? {
    if let deadline = state.deadline {
      guard now >= deadline else { return nil }
      // A client that waits for its registration has done its part: the store was too slow.
      return state.phase == .registering ? .registrationTimeout : .handshakeTimeout(configuration.handshake)
    }
    guard state.phase == .open || state.phase == .draining else { return nil }
    if progress.isStalled(at: now) { return .bodyStalled(configuration.bodyProgress) }
    return liveness.status(at: now) == .peerSilent ? .peerSilent(configuration.limits.idleTimeout) : nil
  }

  /// Ends the connection with an ERROR in the output. Without effect after the end.
  /// - Parameter delay: the time that the client is asked to wait before it connects again.
  public mutating func fail(_ error: WireError, delay: Duration = .zero) {
    guard state.phase != .closed else { return }
    if state.phase == .preface { output.preface() }
    output.error(ErrorFrame(error, delay: delay))
    state.end()
  }

  /// Returns the frames to send now. Acknowledgements since the last call become one frame of each kind.
  /// - Parameter queue: the content of the server's queue, as each ACK tells it.
  public mutating func takeOutput(queue: (batches: Int, bytes: Int), now: ContinuousClock.Instant) -> [UInt8]
  {
    state.withSession(&output) { session, output in session.writeAcknowledgements(queue: queue, to: &output) }
    guard !output.isEmpty else { return [] }
    liveness.sent(at: now)
    return output.take()
  }
}

extension ServerConnection {
  private mutating func receivePreface(_ bytes: RawSpan) throws(WireError) -> Step {
    switch Preface.read(bytes) {
    case .needMore: return Step(consumed: 0, action: .needMore(total: Preface.byteCount))
    case .preface:
      output.preface()
      state.prefaceReceived()
      return Step(consumed: Preface.byteCount, action: .proceed)
    case .otherVersion(let version): throw .otherMajorVersion(version)
    case .unknownProtocol:
      state.end()
      return Step(
        consumed: bytes.byteCount, action: .rejectUnknownProtocol(Preface.answer(toUnknownProtocol: bytes)))
    }
  }

  private mutating func receiveFrame(_ bytes: RawSpan) throws(WireError) -> Step {
    guard state.phase != .closed else { return Step(consumed: bytes.byteCount, action: .proceed) }
    switch try FrameParser.next(in: bytes, bodyLimit: { bodyLimit(of: $0) }) {
    case .needMore(let total): return Step(consumed: 0, action: .needMore(total: total))
    case .frame(let header):
      let action = try frameReceived(header, bytes.extracting(0..<header.byteCount))
      return Step(consumed: header.byteCount, action: action)
    }
  }

  private func bodyLimit(of type: UInt8) -> Int {
    guard !state.phase.isHandshake else { return Self.handshakeBodyLimit }
    let prefix = type == FrameType.publish.rawValue ? PublishHeader.prefixBytes : 0
    return configuration.limits.batch.bodyBytes + prefix
  }

  private mutating func frameReceived(_ header: FrameHeader, _ frame: RawSpan) throws(WireError) -> OnBytes {
    guard let type = try header.checkedType() else {
      trace.note(header, frame)
      return .proceed
    }
    guard state.phase.takes(type) else {
      throw WireError(
        .unexpectedFrame, "\(type) is not allowed from a client at this point (\(state.phase))")
    }
    let place = FrameHeader.byteCount..<frame.byteCount
    let body = frame.extracting(place)
    switch type {
    case .hello:
      return try helloReceived(Hello(decoding: body), frame)
    case .auth:
      let auth = try Auth(decoding: body)
      let transcript = state.authReceived(frame.array)
      return .authenticate(AuthAttempt(keyID: auth.keyID, proof: auth.proof, transcript: transcript))
    case .publish:
      return try publishReceived(header, body, at: place)
    case .heartbeat:
      guard try Heartbeat(decoding: body).storeUnavailable == .zero else {
        throw WireError(.malformedFrame, "a client's HEARTBEAT says that a store is unavailable")
      }
      return .proceed
    case .goAway:
      _ = try GoAway(header, body: body)
      state.peerEnded()
      return .proceed
    case .error:
      let error = try ErrorFrame(header, body: body).error
      state.end()
      return .close(error)
    case .challenge, .welcome, .ack, .window:
      preconditionFailure("no state takes \(type) from a client")
    }
  }

  private mutating func helloReceived(_ hello: Hello, _ frame: RawSpan) throws(WireError) -> OnBytes {
    let version = ProtocolVersion.agreed(hello.versions, ProtocolVersion.supported)
    guard version != nil else { throw .noCommonVersion(with: hello.versions) }
    guard let challenge, !isRecognised || hello.hasKey else {
      state.helloReceived(hello)
      return .register(hello)
    }
    let answer = FrameWriter.bytes { $0.challenge(challenge) }
    state.challenged(hello, HandshakeTranscript(hello: frame.array, challenge: answer))
    output.block(answer)
    return .proceed
  }

  private mutating func publishReceived(
    _ header: FrameHeader, _ body: RawSpan, at place: Range<Int>
  ) throws(WireError) -> OnBytes {
    guard state.phase == .open else { return .proceed }  // a draining server discards batches
    let limits = configuration.limits
    let result = state.withSession(&output) { session, output in
      session.receive(header, body, limits: limits, output: &output)
    }
    switch result {
    case .admit(let publish): return .admit(trace.take(for: publish), body: place)
    case .refused, nil: return .proceed
    case .violation(let error): throw error
    }
  }
}
