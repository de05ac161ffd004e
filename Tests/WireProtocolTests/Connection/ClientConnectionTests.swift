import Testing

@testable import WireProtocol

struct ClientConnectionTests {
  private let now = ContinuousClock.now

  private func opened(credit: Credit = .standard) -> ClientConnection {
    var client = ClientConnection(hello: Samples.hello, now: now)
    var welcome = Samples.welcome()
    welcome.credit = credit
    _ = client.hear(Preface.bytes, now: now)
    _ = client.hear(Samples.frames { $0.welcome(welcome) }, now: now)
    _ = client.takeOutput(now: now)
    return client
  }

  private func header(_ sequence: UInt64, rawLength: Int = 10) -> PublishHeader {
    PublishHeader(sequence: sequence, base: 1, timeToLive: 0, codec: .none, rawLength: rawLength)
  }

  @Test func beginsWithPrefaceAndHello() {
    var client = ClientConnection(hello: Samples.hello, now: now)
    let output = client.takeOutput(now: now)
    #expect(output == Preface.bytes + Samples.frames { $0.hello(Samples.hello) })
  }

  @Test func aServerOfAnotherKindIsNamed() {
    var client = ClientConnection(hello: Samples.hello, now: now)
    let step = client.hear(Array("HTTP/1.1 400 Bad\r\n".utf8), now: now)
    #expect(step.event == .failed(ErrorFrame(WireError(.notSluice, ""))))
  }

  @Test func creditBoundsWhatMayBeSent() {
    var client = opened(credit: Credit(batches: 2, bytes: 25))
    client.publish(header(1), columns: [UInt8](repeating: 0, count: 10))
    let allowed = [15, 16].map { client.maySend(rawLength: $0) }
    #expect(allowed == [true, false])
    client.publish(header(2), columns: [UInt8](repeating: 0, count: 10))
    let more = client.maySend(rawLength: 1)
    #expect(!more)
    let raised = client.hear(Samples.frames { $0.window(Credit(batches: 3, bytes: 26)) }, now: now)
    #expect(raised.event == .creditRaised)
    let afterwards = client.maySend(rawLength: 6)
    #expect(afterwards)
  }

  @Test func creditThatFallsIsAnError() {
    var client = opened()
    let step = client.hear(Samples.frames { $0.window(Credit(batches: 1, bytes: 1)) }, now: now)
    #expect(step.event == .failed(ErrorFrame(WireError(.malformedFrame, ""))))
  }

  @Test func acceptedIsCumulativeInTheOrderSent() {
    var client = opened()
    for sequence in [7, 3, 9] as [UInt64] { client.publish(header(sequence), columns: [0]) }
    let status = AckStatus(queuedBatches: 1, queuedBytes: 2, settledThrough: 0)
    let ack = { (sequence: UInt64) in
      Samples.frames { $0.acknowledgement(.accepted(sequence: sequence, status)) }
    }
    let first = client.hear(ack(3), now: now)
    #expect(first.event == .accepted([7, 3], status))
    let again = client.hear(ack(3), now: now)
    #expect(again.event == .accepted([], status))
    let last = client.hear(ack(9), now: now)
    #expect(last.event == .accepted([9], status))
  }

  @Test func framesOfTheWrongSideAreAnError() {
    for bytes in [Samples.publish(1), Samples.frames { $0.hello(Samples.hello) }] {
      var client = opened()
      let step = client.hear(bytes, now: now)
      #expect(step.event == .failed(ErrorFrame(WireError(.unexpectedFrame, ""))))
    }
  }

  @Test func anErrorOfABatchLeavesTheConnectionOpen() {
    var client = opened()
    let refusal = ErrorFrame(WireError(.sequenceReused, "used"), sequence: 4)
    let step = client.hear(Samples.frames { $0.error(refusal) }, now: now)
    #expect(step.event == .refused(sequence: 4, refusal))
    let isOpen = client.isOpen
    #expect(isOpen)
  }

  @Test func anErrorOfTheConnectionEndsIt() {
    var client = opened()
    let refusal = ErrorFrame(WireError(.superseded, "newer"))
    let step = client.hear(Samples.frames { $0.error(refusal) }, now: now)
    #expect(step.event == .failed(refusal))
    let after = client.hear(Samples.frames { $0.window(.standard) }, now: now)
    #expect(after.event == .none)
  }

  @Test func afterGoAwayNothingMoreMayBeSent() {
    var client = opened()
    let goAway = GoAway(lastSequence: 3, within: .seconds(20), reason: "restart")
    let step = client.hear(Samples.frames { $0.goAway(goAway) }, now: now)
    #expect(step.event == .leaving(goAway))
    let mayGoOn = client.maySend(rawLength: 1)
    #expect(!mayGoOn)
  }

  @Test func aServerThatDoesNotAnswerHelloTimesOut() {
    var client = ClientConnection(hello: Samples.hello, handshake: .seconds(10), now: now)
    let early = client.tick(now: now + .seconds(9))
    #expect(early == .proceed)
    let event = client.tick(now: now + .seconds(10))
    #expect(event == .failed(ErrorFrame(WireError(.handshakeTimeout, ""))))
  }
}

/// Both machines, joined by a connection that splits the bytes anywhere.
struct DialogueTests {
  @Test(arguments: 1...40) func clientAndServerUnderstandEachOtherAtEverySplitOfTheBytes(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var client = ClientConnection(hello: Samples.hello, now: ContinuousClock.now)
    var server = ServerDialogue(credit: Credit(batches: 3, bytes: 4_000))
    var toServer: [UInt8] = []
    var toClient: [UInt8] = []
    var sent: UInt64 = 0
    var committed: [UInt64] = []
    for _ in 0..<100_000 where committed.count < 30 {
      if client.maySend(rawLength: 300), sent < 30 {
        sent += 1
        let columns = Samples.columns(Int.random(in: 1...4, using: &random))
        client.publish(
          PublishHeader(sequence: sent, base: 1, timeToLive: 0, codec: .none, rawLength: columns.count),
          columns: columns)
      }
      toServer += client.takeOutput(now: server.now)
      feedServer(&server, &toServer, Int.random(in: 1...64, using: &random))
      toClient += server.machine.takeOutput(queue: (0, 0), now: server.now)
      committed += feedClient(&client, &toClient, Int.random(in: 1...64, using: &random), server.now)
    }
    #expect(committed == Array(1...30))
  }

  private func feedServer(_ server: inout ServerDialogue, _ bytes: inout [UInt8], _ count: Int) {
    let part = Array(bytes.prefix(count))
    var lent = part.count
    while lent > 0 {
      let step = server.machine.receive(Array(bytes.prefix(lent)).span.bytes, now: server.now)
      bytes.removeFirst(step.consumed)
      lent -= step.consumed
      switch step.action {
      case .needMore(let total) where bytes.count >= total: lent = total
      case .needMore: return
      case .register: server.register()
      case .admit(let header, _):
        server.machine.accepted(header.sequence)
        server.commit(header.sequence)
      case .proceed: continue
      case .authenticate, .close, .rejectUnknownProtocol: Issue.record("\(step.action)")
      }
    }
  }

  private func feedClient(
    _ client: inout ClientConnection, _ bytes: inout [UInt8], _ count: Int, _ now: ContinuousClock.Instant
  ) -> [UInt64] {
    var committed: [UInt64] = []
    var lent = min(count, bytes.count)
    while lent > 0 {
      let step = client.hear(Array(bytes.prefix(lent)), now: now)
      bytes.removeFirst(step.consumed)
      lent -= step.consumed
      switch step.event {
      case .needMore(let total) where bytes.count >= total: lent = total
      case .needMore: return committed
      case .committed(let batches, _): committed += batches.map(\.sequence)
      case .failed(let error): Issue.record("\(error)")
      default: continue
      }
    }
    return committed
  }
}

extension ClientConnection {
  mutating func hear(_ bytes: [UInt8], now: ContinuousClock.Instant) -> Step {
    receive(bytes.span.bytes, now: now)
  }
}
