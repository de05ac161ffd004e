import SocketIO
import Testing
import WireProtocol

@testable import ClientLib

@Suite struct EndpointSelectorTests {
  private static let refused = ConnectionFailure.socket(SocketError(.connect, "there", code: 111))

  private func selector(_ endpoints: Int = 1, deadline: Duration? = .seconds(60)) -> EndpointSelector {
    EndpointSelector(
      endpoints: (0..<endpoints).map { "host\($0):1" },
      backoff: Backoff(shortest: .milliseconds(100), longest: .seconds(10)),
      deadline: deadline.map { start + $0 })
  }

  private func report(_ code: ErrorCode, delay: Duration = .zero) -> ConnectionFailure {
    .reported(ErrorFrame(WireError(code, "for the test"), delay: delay))
  }

  /// Feeds failures to the selector, with random numbers that make each pause half of its upper bound.
  private func decisions(_ selector: inout EndpointSelector, _ failures: [ConnectionFailure])
    -> [EndpointSelector.Decision]
  {
    var generator = ConstantGenerator(number: 0)
    return failures.map { selector.failed($0, now: start, using: &generator) }
  }

  @Test func pausesLongerEachTimeWithOneEndpoint() {
    var selector = selector()
    let decisions = decisions(&selector, [Self.refused, .ended, Self.refused])
    #expect(
      decisions == [
        .connect(endpoint: 0, after: .milliseconds(50)), .connect(endpoint: 0, after: .milliseconds(100)),
        .connect(endpoint: 0, after: .milliseconds(200)),
      ])
  }

  @Test func triesEveryEndpointBeforeItPauses() {
    var selector = selector(3)
    let decisions = decisions(&selector, Array(repeating: Self.refused, count: 5))
    #expect(
      decisions == [
        .connect(endpoint: 1, after: .zero), .connect(endpoint: 2, after: .zero),
        .connect(endpoint: 0, after: .milliseconds(50)), .connect(endpoint: 1, after: .zero),
        .connect(endpoint: 2, after: .zero),
      ])
  }

  @Test func doesNotSpinOnAServerThatWelcomesAndCuts() {
    var selector = selector(2)
    for round in 1...3 {
      selector.opened()
      _ = decisions(&selector, [.ended])
      selector.opened()
      let again = decisions(&selector, [.ended])
      #expect(again == [.connect(endpoint: 0, after: .milliseconds(50 << (round - 1)))])
    }
  }

  @Test func pausesShortlyAgainAfterAUsefulConnection() {
    var selector = selector()
    _ = decisions(&selector, [.ended, .ended, .ended])
    selector.opened()
    selector.succeeded()
    #expect(decisions(&selector, [.ended]) == [.connect(endpoint: 0, after: .milliseconds(50))])
  }

  @Test func waitsAsLongAsTheServerAsks() {
    var selector = selector()
    let asked = decisions(&selector, [report(.storeUnavailable, delay: .seconds(7)), Self.refused])
    #expect(
      asked == [
        .connect(endpoint: 0, after: .seconds(7)), .connect(endpoint: 0, after: .milliseconds(100)),
      ])
  }

  @Test func triesOtherEndpointsWhileOneAsksToWait() {
    var selector = selector(2)
    let asked = decisions(&selector, [report(.tooManyConnections, delay: .seconds(7)), Self.refused])
    #expect(asked == [.connect(endpoint: 1, after: .zero), .connect(endpoint: 0, after: .seconds(7))])
  }

  @Test(arguments: [
    (ErrorCode.superseded, ProducerError.Code.superseded), (.producerNotYours, .notAuthorized),
    (.authenticationFailed, .notAuthorized), (.unsupportedVersion, .incompatible),
    (.notSluice, .incompatible),
    (.creditExceeded, .protocolViolation),
  ])
  func givesUpWhereNoRetryHelps(_ code: ErrorCode, _ expected: ProducerError.Code) {
    var selector = selector(2)
    guard case .giveUp(let error) = decisions(&selector, [report(code)]).first else {
      Issue.record("\(code.name) is tried again")
      return
    }
    #expect(error.code == expected)
    #expect(error.serverCode == Int(code.wire))
    #expect(!error.isRetryable)
    #expect(error.message.contains("host0:1"))
  }

  @Test(arguments: [ErrorCode.producerStale, .sequenceReused])
  func drawsANewIdentityWhereThatHelps(_ code: ErrorCode) {
    var selector = selector(2)
    #expect(
      decisions(&selector, [report(code), report(code)]) == [
        .renewIdentity(endpoint: 0, after: .milliseconds(50)),
        .renewIdentity(endpoint: 0, after: .milliseconds(100)),
      ])
  }

  @Test func triesAgainWhenAnotherProgramAnswersOnAKnownPort() {
    var selector = selector()
    selector.opened()
    #expect(decisions(&selector, [report(.notSluice)]) == [.connect(endpoint: 0, after: .milliseconds(50))])
  }

  @Test func triesAgainWhenAnotherProgramAnswersToAProducerThatStartsOffline() {
    var selector = selector(deadline: nil)
    #expect(decisions(&selector, [report(.notSluice)]) == [.connect(endpoint: 0, after: .milliseconds(50))])
  }

  @Test func givesUpAtItsDeadlineOnlyBeforeTheFirstConnection() {
    var early = selector(deadline: .milliseconds(51))
    #expect(decisions(&early, [Self.refused]) == [.connect(endpoint: 0, after: .milliseconds(50))])
    guard case .giveUp(let error) = decisions(&early, [Self.refused]).first else {
      Issue.record("it goes on beyond its deadline")
      return
    }
    #expect(error.code == .unreachable)
    #expect(error.isRetryable)

    var connected = selector(deadline: .milliseconds(51))
    connected.opened()
    let later = decisions(&connected, Array(repeating: Self.refused, count: 20))
    #expect(later.last == .connect(endpoint: 0, after: .seconds(5)))
  }

  @Test func limitsTheFirstAttemptsByTheDeadline() {
    var selector = selector(deadline: .seconds(2))
    #expect(selector.timeout(now: start, longest: .seconds(5)) == .seconds(2))
    #expect(selector.timeout(now: start + .seconds(3), longest: .seconds(5)) == .milliseconds(1))
    selector.opened()
    #expect(selector.timeout(now: start, longest: .seconds(5)) == .seconds(5))
  }

  @Test func reconnectsOnceForEachHelloThatMayBeTakenLate() {
    var selector = selector()
    selector.opened()
    selector.helloWasUnanswered()
    let decisions = decisions(&selector, [report(.superseded), report(.superseded)])
    #expect(decisions.first == .connect(endpoint: 0, after: .milliseconds(50)))
    #expect(decisions.last.map(\.isEnd) == true)
  }

  @Test func aNewIdentityHasNoUnansweredHellos() {
    var selector = selector()
    selector.opened()
    selector.helloWasUnanswered()
    let decisions = decisions(&selector, [report(.sequenceReused), report(.superseded)])
    #expect(decisions.last.map(\.isEnd) == true)
  }
}

extension EndpointSelector.Decision {
  fileprivate var isEnd: Bool {
    if case .giveUp = self { true } else { false }
  }
}
