import Testing

@testable import WireProtocol

/// Every input in every state of the client's connection (`spec/wire-protocol.md`, section 2).
struct ClientStateTests {
  /// A state, and the frames that the specification allows in it besides ERROR.
  enum State: CaseIterable {
    case awaiting, awaitingWithoutKey, authenticating, open, leaving, closed

    var takes: Set<FrameType> {
      switch self {
      case .awaiting: [.challenge, .welcome]
      case .awaitingWithoutKey: [.challenge, .welcome]
      case .authenticating: [.welcome]
      case .open, .leaving: [.ack, .window, .heartbeat, .goAway]
      case .closed: []
      }
    }

    /// A connection in this state whose output was taken.
    func connection(at now: ContinuousClock.Instant) -> ClientConnection {
      let hasKey = self == .awaiting || self == .authenticating
      var client = ClientConnection(
        hello: Samples.hello, authentication: hasKey ? Samples.trustful : nil, now: now)
      _ = client.hear(Preface.bytes, now: now)
      if self == .authenticating { _ = client.hear(Samples.valid(.challenge), now: now) }
      if self == .open || self == .leaving { _ = client.hear(Samples.valid(.welcome), now: now) }
      if self == .leaving { client.leave(reason: "done") }
      if self == .closed { _ = client.hear(Samples.valid(.error), now: now) }
      _ = client.takeOutput(now: now)
      return client
    }
  }

  private let now = ContinuousClock.now

  @Test(arguments: State.allCases, FrameType.allCases)
  func takesTheFramesOfTheTable(_ state: State, _ type: FrameType) {
    var client = state.connection(at: now)
    let event = client.hear(Samples.valid(type), now: now).event
    var expected: ErrorCode? =
      state == .closed
      ? nil : type == .error ? .badChecksum : state.takes.contains(type) ? nil : .unexpectedFrame
    // A key is not shown to a server that does not ask for it or does not prove itself, and no key is no answer.
    switch (state, type) {
    case (.awaiting, .welcome), (.authenticating, .welcome), (.awaitingWithoutKey, .challenge):
      expected = .authenticationFailed
    default: break
    }
    if let expected {
      #expect(event == .failed(ErrorFrame(WireError(expected, ""))))
    } else if case .failed(let report) = event {
      Issue.record("\(type) ended the connection in \(state): \(report.error)")
    }
    let answer = Heard.read(client.takeOutput(now: now))
    let said: [Heard] =
      state == .awaiting && type == .challenge
      ? [.auth("key")]
      : expected.map { $0 == .badChecksum ? [] : [.error($0, nil)] } ?? []
    #expect(answer == said)
  }

  @Test(arguments: State.allCases) func sendsBatchesOnlyWhileOpen(_ state: State) {
    var client = state.connection(at: now)
    let (isOpen, maySend) = (client.isOpen, client.maySend(rawLength: 1))
    #expect((isOpen, maySend) == (state == .open, state == .open))
    client.leave(reason: "done")
    let said = Heard.read(client.takeOutput(now: now))
    #expect(said == (state == .open ? [.goAway(0)] : []))
  }

  @Test(arguments: State.allCases) func keepsItsTimeLimits(_ state: State) {
    var client = state.connection(at: now)
    let limits: [State: (Duration, ErrorCode)] = [
      .awaiting: (.seconds(10), .handshakeTimeout), .awaitingWithoutKey: (.seconds(10), .handshakeTimeout),
      .authenticating: (.seconds(10), .handshakeTimeout), .open: (.seconds(45), .peerSilent),
      .leaving: (.seconds(45), .peerSilent),
    ]
    guard let (limit, code) = limits[state] else {
      let result = client.tick(now: now + .seconds(3_600))
      #expect(result == .proceed)
      return
    }
    let early = client.tick(now: now + limit - .milliseconds(1))
    #expect(early == .proceed)
    let late = client.tick(now: now + limit)
    #expect(late == .failed(ErrorFrame(WireError(code, ""))))
  }

  @Test func sendsAHeartbeatWhenOneIsDue() {
    var client = State.open.connection(at: now)
    let result = client.tick(now: now + .seconds(15))
    let said = Heard.read(client.takeOutput(now: now))
    #expect(result == .proceed)
    #expect(said == [.heartbeat])
  }
}

extension Samples {
  /// A key whose proofs are constant.
  static var trustful: ClientAuthentication {
    ClientAuthentication(keyID: "key", nonce: .zero) { _ in
      proof
    } isServerProof: { given, _ in
      given == proof
    }
  }

  static let proof = Bytes32([UInt8](repeating: 9, count: 32))
}
