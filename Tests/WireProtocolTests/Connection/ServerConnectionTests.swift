import Testing

@testable import WireProtocol

struct ServerHandshakeTests {
  @Test func creditThatIsHeldBackIsGivenLater() {
    var dialogue = ServerDialogue.opened(credit: Credit(batches: 2, bytes: 1 << 20))
    _ = dialogue.publish(1)
    dialogue.machine.setCreditHeld(true)
    dialogue.commit(1)
    var heard = dialogue.heard()
    #expect(heard == [.committed([1], through: 1)])
    dialogue.machine.setCreditHeld(false)
    heard = dialogue.heard()
    guard case .window(let credit)? = heard.first else {
      Issue.record("no credit came: \(heard)")
      return
    }
    #expect(credit.batches == 3)
  }

  @Test func anHonestClientIsWelcomed() {
    var dialogue = ServerDialogue()
    let greeted = dialogue.say(Preface.bytes)
    #expect(greeted == .proceed)
    let action = dialogue.say(Samples.frames { $0.hello(Samples.hello) })
    #expect(action == .register(Samples.hello))
    dialogue.register(settled: [2, 3])
    let heard = dialogue.heard()
    #expect(heard == [.preface, .welcome(settled: [2, 3])])
  }

  @Test func anUnknownProtocolIsRejectedWithoutAFrame() {
    var dialogue = ServerDialogue()
    let bytes = Array("GET / HTTP/1.1\r\n\r\n".utf8)
    let action = dialogue.say(bytes)
    #expect(action == .rejectUnknownProtocol(Preface.answer(toUnknownProtocol: bytes.span.bytes)))
    let heard = dialogue.heard()
    #expect(heard.isEmpty)
  }

  @Test func anotherMajorVersionGetsPrefaceAndError() {
    var dialogue = ServerDialogue()
    let action = dialogue.say(Array(Preface.bytes.dropLast()) + [2])
    #expect(action == .close(WireError(.unsupportedVersion, "")))
    let heard = dialogue.heard()
    #expect(heard == [.preface, .error(.unsupportedVersion, nil)])
  }

  @Test(arguments: [
    (UInt16(1)...UInt16(1), true), (1...9, true), (2...9, false), (0...0, false),
  ])
  func versionsAreNegotiated(_ versions: ClosedRange<UInt16>, _ isAgreed: Bool) {
    var dialogue = ServerDialogue()
    _ = dialogue.say(Preface.bytes)
    let hello = Hello(producer: Samples.producer, base: 1, clientName: "t", versions: versions)
    let action = dialogue.say(Samples.frames { $0.hello(hello) })
    #expect(action == (isAgreed ? .register(hello) : .close(WireError(.unsupportedVersion, ""))))
  }

  @Test(arguments: [
    (Samples.publish(1), ErrorCode.unexpectedFrame),
    (Samples.frames { $0.heartbeat(Heartbeat(storeUnavailable: .zero)) }, .unexpectedFrame),
    (Samples.frames { $0.welcome(Samples.welcome()) }, .unexpectedFrame),
    (Samples.frame(type: 1, bodyLength: 8_193, body: []), .frameTooLarge),
    (Samples.frame(type: 1, body: [1, 0]), .malformedFrame),
    (Samples.frame(type: 1, codec: 1, body: [1, 0]), .badCodec),
    (Samples.frame(type: 60, body: []), .unknownCritical),
  ])
  func anythingButHelloEndsTheHandshake(_ bytes: [UInt8], _ code: ErrorCode) {
    var dialogue = ServerDialogue()
    _ = dialogue.say(Preface.bytes)
    let action = dialogue.say(bytes)
    #expect(action == .close(WireError(code, "")))
    let heard = dialogue.heard()
    #expect(heard == [.preface, .error(code, nil)])
  }

  @Test func aBaseOfZeroIsMalformed() {
    var dialogue = ServerDialogue()
    _ = dialogue.say(Preface.bytes)
    let action = dialogue.say(
      Samples.frames { $0.hello(Hello(producer: Samples.producer, base: 0, clientName: "t")) })
    #expect(action == .close(WireError(.malformedFrame, "")))
  }

  @Test func aRegistrationThatTheStoreDoesNotAnswerIsNoTimeOutOfTheClient() {
    var dialogue = ServerDialogue()
    _ = dialogue.say(Preface.bytes)
    _ = dialogue.say(Samples.frames { $0.hello(Samples.hello) })
    let late = dialogue.machine.tick(
      now: dialogue.now + .seconds(3), storeUnavailable: .zero, retryDelay: .milliseconds(700))
    #expect(late == .close(WireError(.storeUnavailable, "")))
  }

  @Test(arguments: [0, 1]) func aSlowHandshakeTimesOutInEveryPhase(_ steps: Int) {
    var dialogue = ServerDialogue()
    if steps > 0 { _ = dialogue.say(Preface.bytes) }
    let early = dialogue.machine.tick(now: dialogue.now + .milliseconds(2_999), storeUnavailable: .zero)
    #expect(early == .proceed)
    let late = dialogue.machine.tick(now: dialogue.now + .seconds(3), storeUnavailable: .zero)
    #expect(late == .close(WireError(.handshakeTimeout, "")))
  }
}

struct ServerPublishingTests {
  @Test func aBatchIsAdmittedThenAcceptedThenCommitted() {
    var dialogue = ServerDialogue.opened()
    let bytes = Samples.publish(1)
    let step = dialogue.machine.receive(bytes.span.bytes, now: dialogue.now)
    guard case .admit(let header, let body) = step.action else {
      Issue.record("\(step)")
      return
    }
    #expect(step.consumed == bytes.count)
    #expect((header.sequence, header.base) == (1, 1))
    #expect(body == FrameHeader.byteCount..<bytes.count)
    dialogue.machine.accepted(1)
    let accepted = dialogue.heard()
    #expect(accepted == [.accepted(1, through: 0)])
    dialogue.commit(1)
    let committed = dialogue.heard()
    #expect(
      committed == [
        .committed([1], through: 1),
        .window(Credit(batches: 65, bytes: UInt64((32 << 20) + bytes.count - 36))),
      ])
  }

  @Test func acknowledgementsGatherUntilTheyAreTaken() {
    var dialogue = ServerDialogue.opened()
    for sequence in UInt64(1)...5 {
      _ = dialogue.publish(sequence)
      dialogue.machine.accepted(sequence)
    }
    let accepted = dialogue.heard()
    #expect(accepted == [.accepted(5, through: 0)])
    for sequence in [2, 1, 4] as [UInt64] { dialogue.commit(sequence) }
    let committed = dialogue.heard()
    #expect(committed == [.committed([2, 1, 4], through: 2)])
  }

  @Test(arguments: [
    (UInt64(1), UInt64(1), true), (4_096, 1, true), (4_097, 1, false), (5, 6, false), (6, 6, true),
  ])
  func theSpanOfSequencesIsBounded(_ sequence: UInt64, _ base: UInt64, _ isAllowed: Bool) {
    var dialogue = ServerDialogue.opened()
    let action = dialogue.publish(sequence, base: base)
    let heard = dialogue.heard()
    if isAllowed {
      guard case .admit = action else {
        Issue.record("\(action)")
        return
      }
    } else {
      #expect(action == .proceed)
      #expect(heard.first == .error(.sequenceOutOfSpan, sequence))
    }
  }

  @Test func aBatchOfTooManyRawBytesIsRefusedAndTheConnectionStays() {
    var limits = ConnectionLimits.standard
    limits.batch.rawBytes = 10
    var dialogue = ServerDialogue.opened(limits: limits)
    let action = dialogue.publish(1)
    #expect(action == .proceed)
    let heard = dialogue.heard()
    #expect(heard.first == .error(.batchTooLarge, 1))
    expectFinished(false, dialogue)
  }

  @Test func overrunningTheCreditEndsTheConnection() {
    var dialogue = ServerDialogue.opened(credit: Credit(batches: 1, bytes: 1 << 20))
    _ = dialogue.publish(1)
    let action = dialogue.publish(2)
    #expect(action == .close(WireError(.creditExceeded, "")))
  }

  @Test func anUnansweredBatchMayNotBeSentAgain() {
    var dialogue = ServerDialogue.opened()
    _ = dialogue.publish(1)
    let action = dialogue.publish(1)
    #expect(action == .close(WireError(.unexpectedFrame, "")))
  }

  @Test func aRefusedBatchGivesItsCreditBack() {
    var dialogue = ServerDialogue.opened(credit: Credit(batches: 1, bytes: 1 << 20))
    _ = dialogue.publish(1)
    dialogue.machine.refused(1, WireError(.sequenceReused, "used"))
    let heard = dialogue.heard()
    #expect(heard.first == .error(.sequenceReused, 1))
    let action = dialogue.publish(2)
    guard case .admit = action else {
      Issue.record("no credit came back")
      return
    }
  }

  @Test func memoryIsAnnouncedBeforeTheBodyIsThere() {
    let dialogue = ServerDialogue.opened()
    let bytes = Samples.publish(1, columns: Samples.columns(100))
    let header = Array(bytes.prefix(FrameHeader.byteCount))
    let announcement = dialogue.machine.announcedBatch(in: header.span.bytes)
    #expect(announcement == BatchAnnouncement(frameBytes: bytes.count, rawBytes: bytes.count - 36))
    let early = dialogue.machine.announcedBatch(in: Array(header.dropLast()).span.bytes)
    #expect(early == nil)
  }

  @Test(
    arguments: [
      (12 + (4 << 20), 16 << 20, true), (13 + (4 << 20), 1, false), (12, 1 + (16 << 20), false),
    ] as [(UInt32, UInt32, Bool)])
  func nothingIsReservedForABatchBeyondItsLimits(_ body: UInt32, _ raw: UInt32, _ isAnnounced: Bool) {
    let dialogue = ServerDialogue.opened()
    let bytes = Samples.frame(type: 5, codec: 1, sequence: 1, rawLength: raw, bodyLength: body, body: [])
    let announcement = dialogue.machine.announcedBatch(in: bytes.span.bytes)
    #expect((announcement != nil) == isAnnounced)
  }

  @Test func aTickSendsAHeartbeatAndEndsAnIdleConnection() {
    var dialogue = ServerDialogue.opened()
    let start = dialogue.now
    dialogue.now = start + .seconds(15)
    let quiet = dialogue.machine.tick(now: dialogue.now, storeUnavailable: .seconds(2))
    let heard = dialogue.heard()
    #expect(quiet == .proceed)
    #expect(heard == [.heartbeat])
    let late = dialogue.machine.tick(now: start + .seconds(45), storeUnavailable: .zero)
    #expect(late == .close(WireError(.peerSilent, "")))
  }

  @Test func aStalledBodyEndsTheConnection() {
    var dialogue = ServerDialogue.opened()
    _ = dialogue.say(Array(Samples.publish(1).prefix(30)))
    dialogue.machine.bodyGrew(to: 31, now: dialogue.now + .seconds(9))
    let action = dialogue.machine.tick(now: dialogue.now + .seconds(10), storeUnavailable: .zero)
    #expect(action == .close(WireError(.peerSilent, "")))
  }

  /// While the queue is full during an outage of the database, for example.
  @Test func aBodyThatTheServerDoesNotReadIsNotStalled() {
    var dialogue = ServerDialogue.opened()
    _ = dialogue.say(Array(Samples.publish(1).prefix(30)))
    dialogue.machine.readingChanged(false, now: dialogue.now)
    let waiting = dialogue.machine.tick(now: dialogue.now + .seconds(600), storeUnavailable: .zero)
    #expect(waiting == .proceed)
    dialogue.machine.readingChanged(true, now: dialogue.now + .seconds(600))
    let action = dialogue.machine.tick(now: dialogue.now + .seconds(610), storeUnavailable: .zero)
    #expect(action == .close(WireError(.peerSilent, "")))
  }
}
