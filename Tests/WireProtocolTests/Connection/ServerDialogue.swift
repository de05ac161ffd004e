@testable import WireProtocol

/// Drives a server's machine with bytes, and reads back what it says.
struct ServerDialogue: ~Copyable {
  var machine: ServerConnection
  var now = ContinuousClock.now

  init(
    limits: ConnectionLimits = .standard, credit: Credit = .standard, challenge: Challenge? = nil
  ) {
    machine = ServerConnection(
      configuration: ServerConnection.Configuration(
        limits: limits, credit: credit, server: Samples.producer, handshake: .seconds(3),
        bodyProgress: .seconds(10)),
      challenge: challenge, now: now)
  }

  /// A connection that is open already.
  static func opened(limits: ConnectionLimits = .standard, credit: Credit = .standard) -> ServerDialogue {
    var dialogue = ServerDialogue(limits: limits, credit: credit)
    _ = dialogue.say(Preface.bytes)
    _ = dialogue.say(Samples.frames { $0.hello(Samples.hello) })
    dialogue.register()
    _ = dialogue.heard()
    return dialogue
  }

  mutating func say(_ bytes: [UInt8]) -> ServerConnection.OnBytes {
    machine.receive(bytes.span.bytes, now: now).action
  }

  mutating func register(settled: [UInt64] = [], prove: ((HandshakeTranscript) -> Bytes32)? = nil) {
    machine.registered(
      session: 1, floor: 0, highest: settled.max() ?? 0, settled: settled, lineage: Samples.lineage,
      durability: Samples.durability, prove: prove)
  }

  mutating func publish(_ sequence: UInt64, base: UInt64 = 1) -> ServerConnection.OnBytes {
    say(Samples.publish(sequence, base: base))
  }

  mutating func commit(_ sequence: UInt64) {
    machine.committed(
      CommittedBatch(
        sequence: sequence, counts: BatchCounts(unique: 1, duplicate: 0, dead: 0), isReplay: false))
  }

  /// The frames that the machine wants to send now.
  mutating func heard() -> [Heard] {
    Heard.read(machine.takeOutput(queue: (0, 0), now: now))
  }
}

/// A frame from a server, in short.
enum Heard: Equatable {
  case preface
  case challenge(Challenge)
  case auth(String)
  case welcome(settled: [UInt64])
  case accepted(UInt64, through: UInt64)
  case committed([UInt64], through: UInt64)
  case window(Credit)
  case error(ErrorCode, UInt64?)
  case heartbeat
  case goAway(UInt64)

  static func read(_ output: [UInt8]) -> [Heard] {
    var rest = output[...]
    var heard: [Heard] = []
    if rest.starts(with: Preface.bytes) {
      heard.append(.preface)
      rest = rest.dropFirst(Preface.byteCount)
    }
    while !rest.isEmpty {
      let bytes = Array(rest)
      guard case .frame(let header) = try? FrameParser.next(in: bytes.span.bytes, bodyLimit: { _ in .max }),
        let frame = try? Heard(header, bytes.span.bytes.extracting(FrameHeader.byteCount..<header.byteCount))
      else { return heard }
      heard.append(frame)
      rest = rest.dropFirst(header.byteCount)
    }
    return heard
  }

  private init?(_ header: FrameHeader, _ body: RawSpan) throws {
    switch FrameType(rawValue: header.type) {
    case .challenge: self = .challenge(try Challenge(decoding: body))
    case .auth: self = .auth(try Auth(decoding: body).keyID)
    case .welcome:
      let welcome = try Welcome(decoding: body, isAnswerToAuth: true)
      self = .welcome(settled: welcome.settled.sequences(base: 1))
    case .ack:
      switch try Acknowledgement(header, body: body) {
      case .accepted(let sequence, let status): self = .accepted(sequence, through: status.settledThrough)
      case .committed(let batches, let status):
        self = .committed(batches.map(\.sequence), through: status.settledThrough)
      }
    case .window: self = .window(try Credit(decoding: body))
    case .error:
      let frame = try ErrorFrame(header, body: body)
      self = .error(frame.error.code, frame.sequence)
    case .heartbeat: self = .heartbeat
    case .goAway: self = .goAway(try GoAway(header, body: body).lastSequence)
    default: return nil
    }
  }
}
