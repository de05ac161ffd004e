import Testing

@testable import WireProtocol

/// Tests of the ways in which the machine of the server ends a connection.
struct ServerEndingTests {
  @Test func drainingAnswersWhatWasTakenAndThrowsTheRestAway() {
    var dialogue = ServerDialogue.opened()
    _ = dialogue.publish(1)
    dialogue.machine.accepted(1)
    _ = dialogue.machine.drain(within: .seconds(20))
    let action = dialogue.publish(2)
    #expect(action == .proceed)
    let heard = dialogue.heard()
    #expect(heard == [.goAway(1), .accepted(1, through: 0)])
    expectFinished(false, dialogue)
    dialogue.commit(1)
    expectFinished(false, dialogue)
    let last = dialogue.heard()
    #expect(last.first == .committed([1], through: 1))
    expectFinished(true, dialogue)
  }

  @Test func drainingEndsAHandshakeWithAnError() {
    var dialogue = ServerDialogue()
    _ = dialogue.say(Preface.bytes)
    let action = dialogue.machine.drain(within: .seconds(20))
    #expect(action == .close(WireError(.draining, "")))
  }

  @Test func aLeavingClientIsAnsweredBeforeItsConnectionEnds() {
    var dialogue = ServerDialogue.opened()
    _ = dialogue.publish(1)
    dialogue.machine.accepted(1)
    let action = dialogue.say(
      Samples.frames { $0.goAway(GoAway(lastSequence: 1, within: .zero, reason: "done")) })
    #expect(action == .proceed)
    let late = dialogue.publish(2)
    #expect(late == .close(WireError(.unexpectedFrame, "")))
  }

  @Test func anErrorFromTheClientEndsTheConnectionWithoutAnAnswer() {
    var dialogue = ServerDialogue.opened()
    let error = ErrorFrame(WireError(.badChecksum, "damaged"))
    let action = dialogue.say(Samples.frames { $0.error(error) })
    #expect(action == .close(WireError(.badChecksum, "")))
    let heard = dialogue.heard()
    #expect(heard.isEmpty)
  }
}

func expectFinished(_ expected: Bool, _ dialogue: borrowing ServerDialogue) {
  let isFinished = dialogue.machine.isFinished
  #expect(isFinished == expected)
}
