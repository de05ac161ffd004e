import Testing
import WireProtocol

@testable import TCPIngest

struct CloseStateTests {
  private let now = ContinuousClock.now
  private let error = WireError(.peerSilent, "")

  @Test func anEndInOrderLingersAndThenCloses() {
    var state = CloseState()
    #expect(state.isOpen && !state.isOverdue(at: now + .seconds(9)))
    #expect(state.end(.answered, at: now, linger: .seconds(2)) == .linger)
    #expect(!state.isOpen && !state.isClosed)
    #expect(!state.isOverdue(at: now + .milliseconds(1_999)))
    #expect(state.isOverdue(at: now + .seconds(2)))
    #expect(state.end(.timedOut, at: now + .seconds(2), linger: .seconds(2)) == .close)
    #expect(state.isClosed)
  }

  @Test func eachStepIsReturnedOnce() {
    var state = CloseState()
    #expect(state.end(.failed(error), at: now, linger: .seconds(2)) == .linger)
    #expect(state.end(.reported(error), at: now + .seconds(1), linger: .seconds(2)) == .none)
    #expect(state.isOverdue(at: now + .seconds(2)), "a second end does not prolong the lingering close")
    #expect(state.end(.peerClosed, at: now, linger: .seconds(2)) == .close)
    #expect(state.end(.transportFailed, at: now, linger: .seconds(2)) == .none)
    #expect(state.end(.failed(error), at: now, linger: .seconds(2)) == .none)
  }

  @Test func someReasonsCloseAtOnce() {
    let reasons: [EndReason] = [
      .evicted(error, delay: .zero), .unread(error), .peerClosed, .transportFailed, .timedOut,
    ]
    for reason in reasons {
      var state = CloseState()
      #expect(state.end(reason, at: now, linger: .seconds(2)) == .close)
      #expect(state.isClosed && !state.isOpen)
    }
  }

  @Test func onlyAnErrorIsLoggedAndCounted() {
    #expect(EndReason.failed(error).error == error && EndReason.unread(error).error == error)
    #expect(EndReason.answered.error == nil && EndReason.unknownProtocol(answer: []).error == nil)
    #expect(!EndReason.unread(error).sendsOutput, "a peer that does not read is sent no more")
  }
}
