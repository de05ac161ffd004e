import SocketIO
import Testing
import WireProtocol

@testable import ClientLib

@Suite struct RouteTests {
  private static let refused = ConnectionFailure.socket(SocketError(.connect, "there", code: 111))

  private func route(_ endpoints: Int = 1, deadline: Duration = .seconds(60)) -> Route {
    Route(
      endpoints: (0..<endpoints).map { "host\($0):1" },
      backoff: Backoff(shortest: .milliseconds(100), longest: .seconds(10)), deadline: start + deadline)
  }

  private func report(_ code: ErrorCode, delay: Duration = .zero) -> ConnectionFailure {
    .reported(ErrorFrame(WireError(code, "for the test"), delay: delay))
  }

  /// Feeds failures to the route, with random numbers that make each pause half of its ceiling.
  private func decisions(_ route: inout Route, _ failures: [ConnectionFailure]) -> [Route.Decision] {
    var generator = ConstantGenerator(number: 0)
    return failures.map { route.failed($0, now: start, using: &generator) }
  }

  @Test func pausesLongerEachTimeWithOneEndpoint() {
    var route = route()
    let decisions = decisions(&route, [Self.refused, .ended, Self.refused])
    #expect(
      decisions == [
        .connect(endpoint: 0, after: .milliseconds(50)), .connect(endpoint: 0, after: .milliseconds(100)),
        .connect(endpoint: 0, after: .milliseconds(200)),
      ])
  }

  @Test func triesEveryEndpointBeforeItPauses() {
    var route = route(3)
    let decisions = decisions(&route, Array(repeating: Self.refused, count: 5))
    #expect(
      decisions == [
        .connect(endpoint: 1, after: .zero), .connect(endpoint: 2, after: .zero),
        .connect(endpoint: 0, after: .milliseconds(50)), .connect(endpoint: 1, after: .zero),
        .connect(endpoint: 2, after: .zero),
      ])
  }

  @Test func doesNotSpinOnAServerThatWelcomesAndCuts() {
    var route = route(2)
    for round in 1...3 {
      route.opened()
      _ = decisions(&route, [.ended])
      route.opened()
      let again = decisions(&route, [.ended])
      #expect(again == [.connect(endpoint: 0, after: .milliseconds(50 << (round - 1)))])
    }
  }

  @Test func forgetsFailuresOnceAConnectionProvedItsWorth() {
    var route = route()
    _ = decisions(&route, [.ended, .ended, .ended])
    route.opened()
    route.proved()
    #expect(decisions(&route, [.ended]) == [.connect(endpoint: 0, after: .milliseconds(50))])
  }

  @Test func waitsAsLongAsTheServerAsks() {
    var route = route()
    let asked = decisions(&route, [report(.storeUnavailable, delay: .seconds(7)), Self.refused])
    #expect(
      asked == [
        .connect(endpoint: 0, after: .seconds(7)), .connect(endpoint: 0, after: .milliseconds(100)),
      ])
  }

  @Test func triesOtherEndpointsWhileOneAsksToWait() {
    var route = route(2)
    let asked = decisions(&route, [report(.tooManyConnections, delay: .seconds(7)), Self.refused])
    #expect(asked == [.connect(endpoint: 1, after: .zero), .connect(endpoint: 0, after: .seconds(7))])
  }

  @Test(arguments: [
    (ErrorCode.superseded, ProducerError.Code.superseded), (.producerNotYours, .notAuthorized),
    (.authenticationFailed, .notAuthorized), (.unsupportedVersion, .incompatible),
    (.notSluice, .incompatible),
    (.creditExceeded, .protocolViolation),
  ])
  func givesUpWhereNoRetryHelps(_ code: ErrorCode, _ told: ProducerError.Code) {
    var route = route(2)
    guard case .giveUp(let error) = decisions(&route, [report(code)]).first else {
      Issue.record("\(code.name) is tried again")
      return
    }
    #expect(error.code == told)
    #expect(error.serverCode == Int(code.wire))
    #expect(!error.isRetryable)
    #expect(error.message.contains("host0:1"))
  }

  @Test(arguments: [ErrorCode.producerStale, .sequenceReused])
  func drawsANewIdentityWhereThatHelps(_ code: ErrorCode) {
    var route = route(2)
    #expect(
      decisions(&route, [report(code), report(code)]) == [
        .renewIdentity(endpoint: 0, after: .milliseconds(50)),
        .renewIdentity(endpoint: 0, after: .milliseconds(100)),
      ])
  }

  @Test func putsUpWithAStrangerOnceItWasConnected() {
    var route = route()
    route.opened()
    #expect(decisions(&route, [report(.notSluice)]) == [.connect(endpoint: 0, after: .milliseconds(50))])
  }

  @Test func givesUpAtItsDeadlineOnlyBeforeTheFirstConnection() {
    var early = route(deadline: .milliseconds(51))
    #expect(decisions(&early, [Self.refused]) == [.connect(endpoint: 0, after: .milliseconds(50))])
    guard case .giveUp(let error) = decisions(&early, [Self.refused]).first else {
      Issue.record("it goes on beyond its deadline")
      return
    }
    #expect(error.code == .unreachable)
    #expect(error.isRetryable)

    var connected = route(deadline: .milliseconds(51))
    connected.opened()
    let later = decisions(&connected, Array(repeating: Self.refused, count: 20))
    #expect(later.last == .connect(endpoint: 0, after: .seconds(5)))
  }

  @Test func givesTheFirstAttemptsNoMoreTimeThanIsLeft() {
    var route = route(deadline: .seconds(2))
    #expect(route.patience(now: start, longest: .seconds(5)) == .seconds(2))
    #expect(route.patience(now: start + .seconds(3), longest: .seconds(5)) == .milliseconds(1))
    route.opened()
    #expect(route.patience(now: start, longest: .seconds(5)) == .seconds(5))
  }

  @Test func reconnectsOnceForEachHelloThatMayBeTakenLate() {
    var route = route()
    route.opened()
    route.helloWasUnanswered()
    let decisions = decisions(&route, [report(.superseded), report(.superseded)])
    #expect(decisions.first == .connect(endpoint: 0, after: .milliseconds(50)))
    #expect(decisions.last.map(\.isEnd) == true)
  }

  @Test func aNewIdentityHasNoLateHellos() {
    var route = route()
    route.opened()
    route.helloWasUnanswered()
    let decisions = decisions(&route, [report(.sequenceReused), report(.superseded)])
    #expect(decisions.last.map(\.isEnd) == true)
  }
}

extension Route.Decision {
  fileprivate var isEnd: Bool {
    if case .giveUp = self { true } else { false }
  }
}
