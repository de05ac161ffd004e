import SocketIO
import SpecVectors
import Testing

@testable import ClientLib
@testable import WireProtocol

/// A client without sockets, threads and clocks: the calls that the connection manager makes to the pure parts.
final class DialogueClient {
  enum Decision: Equatable {
    case connect(isRenewed: Bool, after: Duration)
    case giveUp
  }

  struct Outcome {
    var sent: [String] = []
    var told: [String] = []
    var then: Decision?
  }

  /// One connection.
  private final class Link {
    let hello: Hello
    var machine: ClientConnection
    var lineage: Lineage?

    init(_ producer: ProducerID, base: UInt64, now: ContinuousClock.Instant) {
      hello = Hello(producer: producer, base: base, clientName: "vectors")
      machine = ClientConnection(hello: hello, now: now)
    }
  }

  private var now = start
  private var identities = [ProducerID(high: 1, low: 1)]
  private var outbox: Outbox
  private var selector = EndpointSelector(
    endpoints: ["server:7171"], backoff: Backoff(shortest: .milliseconds(100), longest: .seconds(10)),
    deadline: nil)
  private var generator = SystemRandomNumberGenerator()
  private var links: [String: Link] = [:]
  private var current: Link?
  private var outcome = Outcome()

  init() {
    outbox = Outbox(producer: identities[0], capacity: Outbox.Capacity(bytes: 1 << 20, batches: 100))
  }

  func take(_ step: DialogueVector.Step) throws -> Outcome {
    outcome = Outcome()
    let words = step.does.split(separator: " ").map(String.init)
    let last = try #require(words.last)
    switch words[0] {
    case "publishes": try publish(last)
    case "connects": connect(last)
    case "hears": try hear(#require(step.hears).bytes, on: #require(links[last]))
    case "is": try end(#require(links[last]), .ended)
    case "fails": decide(.socket(SocketError(.connect, "there", code: 111)))
    case "waits": now += .milliseconds(try #require(Int(words[1])))
    default: Issue.record("the step is unknown: \(step.does)")
    }
    pump()
    try flush()
    return outcome
  }

  private func publish(_ id: String) throws {
    var builder = EventColumnsBuilder(limits: .standard)
    let fits = try builder.append(topic: "t", source: "s", id: id, timestamp: 0, payload: nil)
    #expect(fits)
    outbox.add(EncodedBatch(columns: builder.finish(), events: 1, compressing: false), BatchPromise())
  }

  private func connect(_ number: String) {
    let (producer, base) = outbox.makeHello()
    let link = Link(producer, base: base, now: now)
    links[number] = link
    current = link
  }

  private func hear(_ bytes: [UInt8], on link: Link) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let part = Array(rest)
      let step = link.machine.receive(part.span.bytes, now: now)
      rest = rest.dropFirst(step.consumed)
      guard step.consumed > 0 else {
        Issue.record("a frame of the vector is not complete")
        return
      }
      perform(step.event, of: link)
    }
  }

  private func perform(_ event: ClientConnection.OnBytes, of link: Link) {
    switch event {
    case .needMore, .none, .creditRaised, .storeUnavailable: break
    case .welcomed(let welcome): welcomed(welcome, link)
    case .accepted(let sequences, _):
      _ = outbox.accepted(sequences)
      if link === current { selector.succeeded() }
    case .committed(let batches, _):
      guard outbox.producer == link.hello.producer else { return }
      for batch in batches { tell(outbox.committed([batch], lineage: link.lineage), batch.sequence) }
      if link === current { selector.succeeded() }
    case .refused(let sequence, let report): refused(sequence, report, link)
    case .leaving: move(away: link)
    case .failed(let report): end(link, .reported(report))
    }
  }

  private func welcomed(_ welcome: Welcome, _ link: Link) {
    link.lineage = welcome.lineage
    selector.opened()
    let result = outbox.resume(welcome, helloBase: link.hello.base)
    if result.loss != nil { outcome.told.append("lineage loss") }
    // The vectors are for a client that does not ask for the counts of listed batches.
    for (sequence, entry) in outbox.window.all where entry.isListed {
      if let settlement = outbox.settleListed(sequence) { tell([settlement], sequence) }
    }
    #expect(!result.isStale)
  }

  private func refused(_ sequence: UInt64, _ report: ErrorFrame, _ link: Link) {
    guard link === current else { return }
    switch outbox.refused(sequence, report, now: now) {
    case .settled(let settlement):
      if settlement != nil { outcome.told.append("refused \(sequence): \(report.error.code.name)") }
    case .deferred: break
    case .needsNewConnection: move(away: link)
    case .needsNewIdentity: end(link, .reported(report))
    }
  }

  private func move(away link: Link) {
    link.machine.leave(reason: "moving")
    guard link === current else { return }
    current = nil
    decide(.goAway)
  }

  private func end(_ link: Link, _ failure: ConnectionFailure) {
    guard link === current else { return }
    current = nil
    if link.lineage == nil { selector.helloWasUnanswered() }
    decide(failure)
  }

  private func decide(_ failure: ConnectionFailure) {
    switch selector.failed(failure, now: now, using: &generator) {
    case .connect(_, let pause): outcome.then = .connect(isRenewed: false, after: pause)
    case .renewIdentity(_, let pause):
      identities.append(ProducerID(high: 1, low: UInt64(identities.count + 1)))
      outbox.renew(as: identities[identities.count - 1])
      outcome.then = .connect(isRenewed: true, after: pause)
    case .giveUp: outcome.then = .giveUp
    }
  }

  private func tell(_ settlements: [Settlement], _ sequence: UInt64) {
    for settlement in settlements {
      guard case .success(let counts) = settlement.outcome else { continue }
      guard let unique = counts.unique, let duplicate = counts.duplicate, let dead = counts.dead else {
        outcome.told.append("committed \(sequence): unknown")
        continue
      }
      outcome.told.append(
        "committed \(sequence): \(unique) \(duplicate) \(dead)\(counts.isReplay ? " replay" : "")")
    }
  }

  private func pump() {
    guard let current, current.machine.isOpen else { return }
    while case .batch(let outgoing) = outbox.next(
      now: now, mayCarry: { current.machine.maySend(rawLength: $0) })
    {
      outbox.markSent(outgoing.header.sequence)
      current.machine.publish(outgoing.header, columns: outgoing.columns)
    }
  }

  /// Reads what the connections send.
  private func flush() throws {
    for (_, link) in links {
      var rest = link.machine.takeOutput(now: now)[...]
      if rest.starts(with: Preface.bytes) {
        outcome.sent.append("preface")
        rest = rest.dropFirst(Preface.byteCount)
      }
      while !rest.isEmpty {
        let bytes = Array(rest)
        guard case .frame(let header) = try FrameParser.next(in: bytes.span.bytes, bodyLimit: { _ in .max })
        else {
          Issue.record("the client sent a part of a frame")
          return
        }
        try read(header, Array(bytes[FrameHeader.byteCount..<header.byteCount]))
        rest = rest.dropFirst(header.byteCount)
      }
    }
  }

  private func read(_ header: FrameHeader, _ body: [UInt8]) throws {
    switch try header.checkedType() {
    case .hello:
      let hello = try Hello(decoding: body.span.bytes)
      let number = try #require(identities.firstIndex(of: hello.producer)) + 1
      outcome.sent.append("hello \(number) base \(hello.base)")
    case .publish:
      let publish = try PublishHeader(header, body: body.span.bytes, features: [])
      let columns = try publish.columns(in: body.span.bytes, limits: .standard)
      var cursor = columns.makeCursor()
      let event = cursor.next(in: columns.bytes.span.bytes)
      let id = event.map { String(decoding: columns.bytes[$0.id], as: UTF8.self) } ?? "nothing"
      outcome.sent.append("publish \(publish.sequence) base \(publish.base): \(id)")
    case .goAway, .heartbeat: break
    case let other: Issue.record("the client sent \(String(describing: other))")
    }
  }
}
