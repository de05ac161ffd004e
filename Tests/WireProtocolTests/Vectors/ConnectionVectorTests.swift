import Testing

@testable import WireProtocol

struct ConnectionVector: Decodable, Sendable, CustomTestStringConvertible {
  let name: String
  let client: HexBytes
  let outcome: [String]

  var testDescription: String { name }
}

struct ServerVector: Decodable, Sendable, CustomTestStringConvertible {
  let name: String
  let server: HexBytes
  let heard: [String]

  var testDescription: String { name }
}

/// The server's machine against bytes of clients, cut in every way.
struct ConnectionVectorTests {
  static let vectors = VectorFile<ConnectionVector>.read("connections")

  @Test(arguments: vectors, [1, 7, 100, Int.max])
  func theServerDoesWhatTheVectorSays(_ vector: ConnectionVector, cutEvery length: Int) {
    #expect(Self.outcome(of: vector.client.bytes, cutEvery: length) == vector.outcome)
  }

  private static func outcome(of client: [UInt8], cutEvery length: Int) -> [String] {
    var dialogue = ServerDialogue()
    var arrived: [UInt8] = []
    var rest = client[...]
    var outcome: [String] = []
    while !rest.isEmpty {
      arrived += rest.prefix(length)
      rest = rest.dropFirst(length)
      outcome += take(&arrived, by: &dialogue)
      if let last = outcome.last, last.hasPrefix("close") || last == "turn away" { break }
    }
    return outcome
  }

  private static func take(_ arrived: inout [UInt8], by dialogue: inout ServerDialogue) -> [String] {
    var outcome: [String] = []
    while !arrived.isEmpty {
      let frame = arrived
      let step = dialogue.machine.receive(frame.span.bytes, now: dialogue.now)
      arrived.removeFirst(step.consumed)
      switch step.action {
      case .needMore: return outcome
      case .proceed: break
      case .register:
        dialogue.register()
        outcome.append("register")
      case .admit(let publish, let body):
        do {
          _ = try publish.columns(in: frame.span.bytes.extracting(body), limits: .standard)
          outcome.append("admit \(publish.sequence)")
        } catch {
          _ = dialogue.machine.fail(error)
          return outcome + ["close \(error.code.name)"]
        }
      case .close(let error): return outcome + ["close \(error.code.name)"]
      case .turnAway: return outcome + ["turn away"]
      }
      outcome += dialogue.heard().compactMap {
        guard case .error(let code, .some(let sequence)) = $0 else { return nil }
        return "refuse \(sequence) \(code.name)"
      }
    }
    return outcome
  }
}

/// The client's machine against bytes of servers, cut in every way.
struct ServerVectorTests {
  static let vectors = VectorFile<ServerVector>.read("server")

  @Test(arguments: vectors, [1, 7, 100, Int.max])
  func theClientHearsWhatTheVectorSays(_ vector: ServerVector, cutEvery length: Int) {
    let now = ContinuousClock.now
    var client = ClientConnection(hello: Samples.hello, now: now)
    var arrived: [UInt8] = []
    var rest = vector.server.bytes[...]
    var heard: [String] = []
    while !rest.isEmpty {
      arrived += rest.prefix(length)
      rest = rest.dropFirst(length)
      while !arrived.isEmpty {
        let step = client.hear(arrived, now: now)
        arrived.removeFirst(step.consumed)
        if case .needMore = step.event { break }
        heard += Self.words(step.event)
      }
    }
    #expect(heard == vector.heard)
  }

  private static func words(_ event: ClientConnection.Event) -> [String] {
    switch event {
    case .needMore, .none: []
    case .welcomed(let welcome):
      ["welcome settled " + welcome.settled.sequences(base: 1).map(String.init).joined(separator: " ")]
    case .accepted(let sequences, _): sequences.map { "accepted \($0)" }
    case .committed(let batches, _): batches.map(words)
    case .refused(let sequence, let error): ["refused \(sequence) \(error.error.code.name)"]
    case .creditRaised: ["credit"]
    case .storeAway(let duration): ["store away \(duration.clampedMilliseconds)"]
    case .leaving(let goAway): ["leaving \(goAway.lastSequence)"]
    case .failed(let error): ["failed \(error.error.code.name)"]
    }
  }

  private static func words(_ batch: CommittedBatch) -> String {
    let counts = batch.counts.map { "\($0.unique) \($0.duplicate) \($0.dead)" } ?? "unknown"
    return "committed \(batch.sequence): \(counts)" + (batch.isReplay ? " replay" : "")
  }
}
