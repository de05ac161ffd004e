/// The client's side of one connection, without sockets, threads or clocks.
///
/// The shell sends what `takeOutput` returns, calls `receive`, and acts on the results. The connection does
/// not decide which batches a producer keeps, because batches outlive connections. Rules:
/// `spec/wire-protocol.md`, section 2.
public struct ClientConnection: ~Copyable {
  private let hello: Hello
  /// The frame HELLO as it was sent.
  private let helloFrame: [UInt8]
  private let authentication: ClientAuthentication?
  private let handshake: Duration
  private var state: ClientState
  private var output = FrameWriter()

  /// A connection that was just opened: preface and HELLO are in the output.
  /// - Parameters:
  ///   - authentication: the key of the client. With a key the connection fails with `authenticationFailed`
  ///     unless the server asks for the key and proves that it knows the key. Without a key the connection
  ///     fails so when the server asks for one.
  ///   - handshake: time until WELCOME. Then the connection fails with `handshakeTimeout`.
  public init(
    hello: Hello, authentication: ClientAuthentication? = nil, handshake: Duration = .seconds(10),
    now: ContinuousClock.Instant
  ) {
    self.hello = hello
    self.authentication = authentication
    self.handshake = handshake
    state = .preface(deadline: now + handshake)
    helloFrame = FrameWriter.bytes { $0.hello(hello) }
    output.preface()
    output.block(helloFrame)
  }

  /// Whether batches may be sent, as far as the credit covers them.
  public var isOpen: Bool { state.phase == .open }

  /// Whether a batch of `rawLength` bytes before compression may be sent now.
  public func maySend(rawLength: Int) -> Bool { state.maySend(rawLength: rawLength) }

  /// Puts a batch into the output, after the context of its span if it has one. Traps unless `maySend`.
  /// - Parameter columns: the columns, encoded with `header.codec`.
  public mutating func publish(_ header: PublishHeader, columns: [UInt8]) {
    useCredit(header.sequence, rawLength: header.rawLength)
    if let context = header.traceContext { output.trace(context, sequence: header.sequence) }
    output.publish(header, columns: columns)
  }

  /// Counts a batch against the credit. Traps unless `maySend`.
  mutating func useCredit(_ sequence: UInt64, rawLength: Int) {
    precondition(isOpen, "no batch may be sent on this connection")
    state.withSession { $0.useCredit(sequence, rawLength: rawLength) }
  }

  /// Puts GOAWAY into the output: no further batch is sent, answers are still awaited. Without effect unless
  /// open.
  /// - Parameter reason: for people; at most 255 bytes are sent.
  public mutating func leave(reason: String) {
    guard let last = state.leave() else { return }
    output.goAway(GoAway(lastSequence: last, within: .zero, reason: reason))
  }

  /// Ends the connection when a time limit is over. Puts a heartbeat into the output when one is due.
  public mutating func tick(now: ContinuousClock.Instant) -> OnTick {
    if let deadline = state.deadline {
      guard now >= deadline else { return .proceed }
      return .failed(
        fail(WireError(.handshakeTimeout, "the server did not answer HELLO within \(handshake)")))
    }
    switch state.withSession({ ($0.liveness.status(at: now), $0.limits.idleTimeout) }) {
    case nil, (.fine, _)?:
      return .proceed
    case (.heartbeatDue, _)?:
      output.heartbeat(Heartbeat(storeUnavailable: .zero))
      return .proceed
    case (.peerSilent, let limit)?:
      return .failed(fail(.peerSilent(limit)))
    }
  }

  /// Returns the bytes to send now.
  public mutating func takeOutput(now: ContinuousClock.Instant) -> [UInt8] {
    guard !output.isEmpty else { return [] }
    state.withSession { $0.sent(at: now) }
    return output.take()
  }

  /// Looks at the bytes that have arrived and were not consumed.
  ///
  /// After the connection has ended, all bytes are consumed without effect.
  public mutating func receive(_ bytes: RawSpan, now: ContinuousClock.Instant) -> Step {
    guard state.phase != .closed else { return Step(consumed: bytes.byteCount, event: .none) }
    state.withSession { $0.received(at: now) }
    do throws(WireError) {
      let step = try state.phase == .preface ? receivePreface(bytes) : receiveFrame(bytes, now: now)
      assert(step.consumed <= bytes.byteCount, "more bytes were consumed than there are")
      return step
    } catch {
      return Step(consumed: bytes.byteCount, event: .failed(fail(error)))
    }
  }

  private mutating func receivePreface(_ bytes: RawSpan) throws(WireError) -> Step {
    switch Preface.read(bytes) {
    case .needMore:
      return Step(consumed: 0, event: .needMore(total: Preface.byteCount))
    case .preface:
      state.prefaceReceived()
      return Step(consumed: Preface.byteCount, event: .none)
    case .otherVersion(let version):
      throw WireError(
        .unsupportedVersion,
        "the server speaks major version \(version); this client speaks \(Preface.majorVersion)")
    case .unknownProtocol:
      throw WireError(.notSluice, "the server does not speak the Sluice wire protocol; check host and port")
    }
  }

  private mutating func receiveFrame(
    _ bytes: RawSpan, now: ContinuousClock.Instant
  ) throws(WireError) -> Step {
    let limit =
      state.withSession { $0.limits.batch.bodyBytes } ?? ServerConnection.handshakeBodyLimit
    switch try FrameParser.next(in: bytes, bodyLimit: { _ in limit }) {
    case .needMore(let total):
      return Step(consumed: 0, event: .needMore(total: total))
    case .frame(let header):
      let frame = bytes.extracting(0..<header.byteCount)
      return Step(consumed: header.byteCount, event: try frameReceived(header, frame, now: now))
    }
  }

  private mutating func frameReceived(
    _ header: FrameHeader, _ frame: RawSpan, now: ContinuousClock.Instant
  ) throws(WireError) -> OnBytes {
    let body = frame.extracting(FrameHeader.byteCount..<frame.byteCount)
    guard let type = try header.checkedType() else { return .none }
    guard state.phase.takes(type) else {
      throw WireError(
        .unexpectedFrame, "\(type) is not allowed from a server at this point (\(state.phase))")
    }
    switch type {
    case .challenge:
      return try challengeReceived(Challenge(decoding: body), frame)
    case .welcome:
      let welcome = try Welcome(decoding: body, isAnswerToAuth: state.phase == .authenticating)
      return try welcomeReceived(welcome, frame, now: now)
    case .ack:
      let acknowledgement = try Acknowledgement(header, body: body)
      return try state.withSession { session throws(WireError) in try session.acknowledged(acknowledgement) }
        ?? .none
    case .window:
      let credit = try Credit(decoding: body)
      return try state.withSession { session throws(WireError) in try session.creditRaised(to: credit) }
        ?? .none
    case .heartbeat:
      return .storeUnavailable(try Heartbeat(decoding: body).storeUnavailable)
    case .goAway:
      let goAway = try GoAway(header, body: body)
      _ = state.leave()
      return .leaving(goAway)
    case .error:
      return errorReceived(try ErrorFrame(header, body: body))
    case .hello, .auth, .publish:
      preconditionFailure("no state takes \(type) from a server")
    }
  }

  /// Answers CHALLENGE with AUTH.
  private mutating func challengeReceived(_: Challenge, _ frame: RawSpan) throws(WireError) -> OnBytes {
    guard let authentication else {
      throw WireError(
        .authenticationFailed, "the server asks for a key, and this client has none: configure a key")
    }
    var transcript = HandshakeTranscript(hello: helloFrame, challenge: frame.array)
    func auth(_ proof: Bytes32) -> [UInt8] {
      FrameWriter.bytes {
        $0.auth(Auth(keyID: authentication.keyID, nonce: authentication.nonce, proof: proof))
      }
    }
    transcript.add(auth: auth(.zero))
    output.block(auth(authentication.prove(transcript)))
    state.authSent(transcript)
    return .none
  }

  /// Checks that the server knows the key, before anything else of WELCOME is used.
  private func checkServer(_ welcome: Welcome, _ frame: RawSpan) throws(WireError) {
    guard let authentication else { return }
    guard let transcript = state.transcript else {
      throw WireError(
        .authenticationFailed,
        "the server does not ask for a key, so it may be another server: check host and port, or remove the key"
      )
    }
    guard let proof = welcome.proof,
      authentication.isServerProof(proof, transcript.adding(welcome: frame.array))
    else {
      throw WireError(
        .authenticationFailed,
        "the server did not prove that it knows the key, so it may be another server: check host and port")
    }
  }

  private mutating func welcomeReceived(
    _ welcome: Welcome, _ frame: RawSpan, now: ContinuousClock.Instant
  ) throws(WireError) -> OnBytes {
    try checkServer(welcome, frame)
    guard hello.versions.contains(welcome.version) else {
      throw WireError(
        .unsupportedVersion, "the server chose version \(welcome.version), which was not offered")
    }
    guard hello.features.isSuperset(of: welcome.features) else {
      throw WireError(.malformedFrame, "the server agreed to features that were not offered")
    }
    state.welcomeReceived(ClientSession(welcome, now: now))
    return .welcomed(welcome)
  }

  private mutating func errorReceived(_ report: ErrorFrame) -> OnBytes {
    guard let sequence = report.sequence else {
      state = .closed
      return .failed(report)
    }
    state.withSession { $0.refused(sequence) }
    return .refused(sequence: sequence, report)
  }

  private mutating func fail(_ error: WireError) -> ErrorFrame {
    let report = ErrorFrame(error)
    output.error(report)
    state = .closed
    return report
  }
}

extension ClientConnection {
  /// Result of `receive`: the bytes that are used up, and the event that they brought.
  public struct Step: Hashable, Sendable {
    /// Number of bytes that are used up.
    public let consumed: Int
    /// Event that the bytes brought.
    public let event: OnBytes
  }

  /// Event that received bytes brought.
  public enum OnBytes: Hashable, Sendable {
    /// Call `receive` again when `total` bytes are there.
    case needMore(total: Int)
    /// Nothing to do.
    case none
    /// The handshake is over. Batches that WELCOME does not list as settled are to be sent again.
    case welcomed(Welcome)
    /// The server's queue holds these batches now, in the order in which they were sent.
    case accepted([UInt64], AckStatus)
    /// These batches are committed.
    case committed([CommittedBatch], AckStatus)
    /// This batch was refused; the connection stays.
    case refused(sequence: UInt64, ErrorFrame)
    /// More may be sent.
    case creditRaised
    /// The time since which the server cannot reach its store; zero when it can.
    case storeUnavailable(Duration)
    /// The server is about to stop: new batches belong on another connection.
    case leaving(GoAway)
    /// The connection has ended, with an ERROR of the server or of this side.
    case failed(ErrorFrame)
  }

  /// Result of `tick`.
  public enum OnTick: Hashable, Sendable {
    /// Send the output, in which a heartbeat may be.
    case proceed
    /// The connection has ended; send the output and close.
    case failed(ErrorFrame)
  }
}
