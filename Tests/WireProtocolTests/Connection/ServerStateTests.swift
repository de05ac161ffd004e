import Testing

@testable import WireProtocol

/// Every input in every state of the server's connection (`spec/wire-protocol.md`, section 2).
struct ServerStateTests {
  /// A state, and the frames that the specification allows in it besides ERROR.
  enum State: CaseIterable {
    case hello, challenged, authenticating, registering, open, draining, leaving, closed

    var takes: Set<FrameType> {
      switch self {
      case .hello: [.hello]
      case .challenged: [.auth]
      case .authenticating, .registering, .closed: []
      case .open, .draining: [.publish, .heartbeat, .goAway]
      case .leaving: [.heartbeat]
      }
    }

    var isHandshake: Bool { isChallenged || self == .hello || self == .registering }
    var isChallenged: Bool { self == .challenged || self == .authenticating }

    /// A connection in this state whose output was taken.
    func dialogue() -> ServerDialogue {
      var dialogue = ServerDialogue(challenge: isChallenged ? Samples.challenge : nil)
      _ = dialogue.say(Preface.bytes)
      if self != .hello { _ = dialogue.say(Samples.frames { $0.hello(Samples.hello) }) }
      if self == .authenticating { _ = dialogue.say(Samples.valid(.auth)) }
      if !isHandshake { dialogue.register() }
      switch self {
      case .hello, .challenged, .authenticating, .registering, .open: break
      case .draining: _ = dialogue.machine.drain(within: .seconds(1))
      case .leaving: dialogue.machine.peerEnded()
      case .closed: dialogue.machine.fail(WireError(.superseded, "newer"))
      }
      _ = dialogue.heard()
      return dialogue
    }
  }

  @Test(arguments: State.allCases, FrameType.allCases)
  func takesTheFramesOfTheTable(_ state: State, _ type: FrameType) {
    var dialogue = state.dialogue()
    let result = dialogue.say(Samples.valid(type))
    let expected: ErrorCode? =
      state == .closed
      ? nil : type == .error ? .badChecksum : state.takes.contains(type) ? nil : .unexpectedFrame
    if let expected {
      #expect(result == .close(WireError(expected, "")))
      let isFinished = dialogue.machine.isFinished
      #expect(isFinished)
    } else if case .close(let error) = result {
      Issue.record("\(type) ended the connection in \(state): \(error)")
    }
    let heard = dialogue.heard()
    #expect(heard == (expected == .unexpectedFrame ? [.error(.unexpectedFrame, nil)] : []))
  }

  @Test(arguments: State.allCases) func drains(_ state: State) {
    var dialogue = state.dialogue()
    let result = dialogue.machine.drain(within: .seconds(1))
    #expect(result == (state.isHandshake ? .close(.draining) : .proceed))
    let heard = dialogue.heard()
    let expected: [Heard] =
      state.isHandshake ? [.error(.draining, nil)] : state == .open ? [.goAway(0)] : []
    #expect(heard == expected)
    let isFinished = dialogue.machine.isFinished
    #expect(isFinished)
  }

  @Test(arguments: State.allCases) func endsWhenThePeerEnds(_ state: State) {
    var dialogue = state.dialogue()
    dialogue.machine.peerEnded()
    let isFinished = dialogue.machine.isFinished
    let heard = dialogue.heard()
    #expect(isFinished)
    #expect(heard.isEmpty)
    let batch = dialogue.publish(1)
    let isOver = state.isHandshake || state == .closed
    #expect(batch == (isOver ? .proceed : .close(WireError(.unexpectedFrame, ""))))
  }

  @Test(arguments: State.allCases) func failsOnce(_ state: State) {
    var dialogue = state.dialogue()
    dialogue.machine.fail(WireError(.peerSilent, "for the test"))
    dialogue.machine.fail(WireError(.superseded, "too late"))
    let heard = dialogue.heard()
    #expect(heard == (state == .closed ? [] : [.error(.peerSilent, nil)]))
    let producer = dialogue.machine.producer
    #expect(producer == (state == .hello ? nil : Samples.producer))
  }

  @Test(arguments: State.allCases) func keepsItsTimeLimits(_ state: State) {
    var dialogue = state.dialogue()
    let limits: [State: (Duration, ErrorCode)] = [
      .hello: (.seconds(3), .handshakeTimeout), .challenged: (.seconds(3), .handshakeTimeout),
      .authenticating: (.seconds(3), .handshakeTimeout), .registering: (.seconds(3), .storeUnavailable),
      .open: (.seconds(45), .peerSilent), .draining: (.seconds(45), .peerSilent),
    ]
    guard let (limit, code) = limits[state] else {
      let result = dialogue.machine.tick(now: dialogue.now + .seconds(3_600), storeUnavailable: .zero)
      #expect(result == .proceed)
      return
    }
    let early = dialogue.machine.tick(
      now: dialogue.now + limit - .milliseconds(1), storeUnavailable: .zero)
    #expect(early == .proceed)
    let late = dialogue.machine.tick(now: dialogue.now + limit, storeUnavailable: .zero)
    #expect(late == .close(WireError(code, "")))
  }

  @Test(arguments: [State.open, .draining, .leaving])
  func answersBatchesThatWereTakenBefore(_ state: State) {
    var dialogue = State.open.dialogue()
    _ = dialogue.publish(1)
    if state == .draining { _ = dialogue.machine.drain(within: .zero) }
    if state == .leaving { dialogue.machine.peerEnded() }
    _ = dialogue.heard()
    var isFinished = dialogue.machine.isFinished
    #expect(!isFinished)
    dialogue.machine.accepted(1)
    dialogue.commit(1)
    let heard = dialogue.heard()
    #expect(Array(heard.prefix(2)) == [.accepted(1, through: 1), .committed([1], through: 1)])
    isFinished = dialogue.machine.isFinished
    #expect(isFinished == (state != .open))
  }

  /// A client that shut down its direction sends nothing, and waits as long as it hears heartbeats.
  @Test func sendsHeartbeatsToAClientThatOnlyListens() {
    var dialogue = State.open.dialogue()
    _ = dialogue.publish(1)
    dialogue.machine.peerEnded()
    _ = dialogue.heard()
    for number in 1...10 {
      let now = dialogue.now + .seconds(45) * number
      let result = dialogue.machine.tick(now: now, storeUnavailable: .seconds(1))
      #expect(result == .proceed)
      let heard = dialogue.heard()
      #expect(heard == [.heartbeat], "after \(number) times the idle timeout")
    }
  }

  @Test func answersNoBatchAfterTheEnd() {
    var dialogue = State.open.dialogue()
    _ = dialogue.publish(1)
    dialogue.machine.fail(WireError(.superseded, "newer"))
    dialogue.machine.accepted(1)
    dialogue.commit(1)
    dialogue.machine.refused(1, WireError(.sequenceReused, "used"))
    let heard = dialogue.heard()
    #expect(heard == [.error(.superseded, nil)])
  }
}

extension Samples {
  /// A frame of this type with a valid body.
  static func valid(_ type: FrameType) -> [UInt8] {
    let status = AckStatus(queuedBatches: 0, queuedBytes: 0, settledThrough: 0)
    return switch type {
    case .hello: frames { $0.hello(hello) }
    case .challenge: frames { $0.challenge(challenge) }
    case .auth: frames { $0.auth(Auth(keyID: "key", nonce: .zero, proof: .zero)) }
    case .welcome: frames { $0.welcome(welcome()) }
    case .publish: publish(1)
    case .ack: frames { $0.acknowledgement(.accepted(sequence: 1, status)) }
    case .window: frames { $0.window(Credit(batches: 100, bytes: 1 << 30)) }
    case .error: frames { $0.error(ErrorFrame(WireError(.badChecksum, "damaged"))) }
    case .heartbeat: frames { $0.heartbeat(Heartbeat(storeUnavailable: .zero)) }
    case .goAway: frames { $0.goAway(GoAway(lastSequence: 0, within: .zero, reason: "done")) }
    }
  }
}
