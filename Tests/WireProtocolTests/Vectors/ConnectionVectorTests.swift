import SpecVectors
import Testing

@testable import WireProtocol

/// The server's machine with the bytes of clients, at several splits of the bytes.
struct ConnectionVectorTests {
  @Test(arguments: ConnectionVector.all, [1, 7, 100, Int.max])
  func theServerDoesWhatTheVectorSays(_ vector: ConnectionVector, cutEvery length: Int) {
    // Cutting a large frame into bytes would look at its header hundreds of thousands of times.
    let isLarge = vector.steps.contains { $0.client.bytes.count > 64 << 10 }
    var server = ServerUnderVector(vector)
    for step in vector.steps {
      let words = server.take(step.client.bytes, cutEvery: isLarge ? max(length, 64 << 10) : length)
      #expect(ServerWords.inOrder(words) == step.server)
    }
  }
}

/// The server's machine with a store that commits at the end of each step, or never.
private struct ServerUnderVector: ~Copyable {
  private var dialogue: ServerDialogue
  private var limits: ConnectionLimits
  private let holds: Bool
  private let key: VectorKey?
  private var waiting: [(sequence: UInt64, raw: [UInt8])] = []
  private var ledger: [UInt64: [UInt8]] = [:]
  private var said: ServerWords
  private var arrived: [UInt8] = []
  private var isOver = false

  init(_ vector: ConnectionVector) {
    var (limits, credit) = (ConnectionLimits.standard, Credit.standard)
    limits.batch.events = vector.limits?.events ?? limits.batch.events
    limits.batch.dictionary = vector.limits?.dictionary ?? limits.batch.dictionary
    if let batches = vector.limits?.creditBatches { credit.batches = UInt64(batches) }
    if let bytes = vector.limits?.creditBytes { credit.bytes = UInt64(bytes) }
    key = vector.key
    said = ServerWords(key: key)
    dialogue = ServerDialogue(
      limits: limits, credit: credit, challenge: key.map { Challenge(nonce: Bytes32($0.nonce.bytes)) })
    if vector.hasCertificate { dialogue.machine.recognised() }
    self.limits = limits
    holds = vector.holds
  }

  mutating func take(_ client: [UInt8], cutEvery length: Int) -> [String] {
    let before = said.words.count
    said.sent(client)
    var rest = client[...]
    while !rest.isEmpty, !isOver {
      arrived += rest.prefix(length)
      rest = rest.dropFirst(length)
      while !arrived.isEmpty, !isOver, look() {}
    }
    if !holds, !isOver { commit() }
    return Array(said.words[before...])
  }

  /// Gives the bytes that have arrived to the machine. Returns false when more are needed.
  private mutating func look() -> Bool {
    let bytes = arrived
    let step = dialogue.machine.receive(bytes.span.bytes, now: dialogue.now)
    arrived.removeFirst(step.consumed)
    switch step.action {
    case .needMore: return false
    case .proceed: listen()
    case .authenticate(let attempt): authenticate(attempt)
    case .register:
      dialogue.register()
      listen()
    case .admit(let publish, let body): admit(publish, bytes.span.bytes.extracting(body))
    case .close: end()
    case .rejectUnknownProtocol(let line):
      said.append(line)
      end()
    }
    return true
  }

  private mutating func authenticate(_ attempt: AuthAttempt) {
    let message = attempt.transcript.message(channelBinding: [])
    guard let key, attempt.keyID == key.id, key.isClientProof(attempt.proof.bytes, over: message) else {
      dialogue.machine.fail(WireError(.authenticationFailed, "for the test"))
      return end()
    }
    _ = dialogue.machine.authenticated()
    dialogue.register { Bytes32(key.serverProof(over: $0.message(channelBinding: []))) }
    listen()
  }

  private mutating func admit(_ publish: PublishHeader, _ body: RawSpan) {
    do {
      waiting.append((publish.sequence, try publish.columns(in: body, limits: limits.batch).bytes))
    } catch {
      guard error.code.scope == .connection else {
        dialogue.machine.refused(publish.sequence, error)
        return listen()
      }
      dialogue.machine.fail(error)
      end()
    }
  }

  private mutating func commit() {
    for (sequence, raw) in waiting {
      let earlier = ledger[sequence]
      guard earlier == nil || earlier == raw else {
        dialogue.machine.refused(sequence, WireError(.sequenceReused, "for the test"))
        continue
      }
      ledger[sequence] = raw
      let counts = BatchCounts(unique: 1, duplicate: 0, dead: 0)
      dialogue.machine.committed(
        CommittedBatch(sequence: sequence, counts: counts, isReplay: earlier != nil))
    }
    waiting = []
    listen()
  }

  private mutating func listen() {
    said.append(dialogue.machine.takeOutput(queue: (0, 0), now: dialogue.now))
    if dialogue.machine.isFinished { end() }
  }

  private mutating func end() {
    guard !isOver else { return }
    isOver = true
    said.append(dialogue.machine.takeOutput(queue: (0, 0), now: dialogue.now))
    said.end()
  }
}

/// The client's machine with the bytes of servers, at several splits of the bytes.
struct ServerVectorTests {
  @Test(arguments: ServerVector.all, [1, 7, 100, Int.max])
  func theClientHearsWhatTheVectorSays(_ vector: ServerVector, cutEvery length: Int) {
    let now = ContinuousClock.now
    var client = Self.client(vector, now: now)
    var said: [UInt8] = []
    var arrived: [UInt8] = []
    var rest = vector.server.bytes[...]
    var heard: [String] = []
    // What is answered, or was never sent, is no batch of the outbox any more.
    var unanswered = Set(vector.sent)
    while !rest.isEmpty {
      arrived += rest.prefix(length)
      rest = rest.dropFirst(length)
      while !arrived.isEmpty {
        let step = client.hear(arrived, now: now)
        arrived.removeFirst(step.consumed)
        if case .needMore = step.event { break }
        said += client.takeOutput(now: now)
        if case .welcomed(let welcome) = step.event {
          if let fields = vector.welcome { #expect(Self.fields(welcome) == fields) }
          for sequence in vector.sent { client.publish(Self.header(sequence), columns: [0]) }
        }
        heard += Self.words(step.event, &unanswered)
      }
    }
    #expect(heard == vector.heard)
    if let expected = vector.client { #expect(said.starts(with: expected.bytes)) }
  }

  /// A client of the vectors, with the key and the certificate of a vector if there are any.
  private static func client(_ vector: ServerVector, now: ContinuousClock.Instant) -> ClientConnection {
    guard let key = vector.key else { return ClientConnection(hello: Samples.hello, now: now) }
    let authentication = ClientAuthentication(keyID: key.id, nonce: Bytes32(key.nonce.bytes)) { transcript in
      Bytes32(key.clientProof(over: transcript.message(channelBinding: [])))
    } isServerProof: { proof, transcript in
      proof.bytes == key.serverProof(over: transcript.message(channelBinding: []))
    }
    let hello = Hello(
      producer: Samples.producer, base: 1, clientName: "vectors", hasKey: vector.hasCertificate)
    return ClientConnection(hello: hello, authentication: authentication, now: now)
  }

  private static func header(_ sequence: UInt64) -> PublishHeader {
    PublishHeader(sequence: sequence, base: 1, timeToLive: 0, codec: .none, rawLength: 1)
  }

  private static func words(_ event: ClientConnection.OnBytes, _ unanswered: inout Set<UInt64>) -> [String] {
    switch event {
    case .needMore, .none: []
    case .welcomed(let welcome):
      [(["welcome settled"] + welcome.settled.sequences(base: 1).map(String.init)).joined(separator: " ")]
    case .accepted(let sequences, let status): sequences.map { "accepted \($0)" } + [words(status)]
    case .committed(let batches, let status):
      batches.filter { unanswered.remove($0.sequence) != nil }.map(words) + [words(status)]
    case .refused(let sequence, let error):
      unanswered.contains(sequence) ? ["refused \(sequence) \(words(error))"] : []
    case .creditRaised: ["credit"]
    case .storeUnavailable(let duration): ["store unavailable \(duration.clampedMilliseconds)"]
    case .leaving(let goAway):
      ["leaving \(goAway.lastSequence) within \(goAway.within.clampedMilliseconds)"]
    case .failed(let error): ["failed \(words(error))"]
    }
  }

  private static func words(_ status: AckStatus) -> String {
    "through \(status.settledThrough) queue \(status.queuedBatches) \(status.queuedBytes)"
  }

  private static func words(_ batch: CommittedBatch) -> String {
    let counts = batch.counts.map { "\($0.unique) \($0.duplicate) \($0.dead)" } ?? "unknown"
    return "committed \(batch.sequence): \(counts)" + (batch.isReplay ? " replay" : "")
  }

  private static func words(_ error: ErrorFrame) -> String {
    let classes: [ErrorCode.Retry: String] = [
      .never: "never", .onNewConnection: "new-connection", .afterDelay: "delay",
    ]
    let delay = error.delay > .zero ? " \(error.delay.clampedMilliseconds)" : ""
    return "\(error.error.code.name) \(classes[error.retry] ?? "")\(delay)"
  }

  private static func fields(_ welcome: Welcome) -> [String: String] {
    let (batch, event) = (welcome.limits.batch, welcome.limits.event)
    let limits: [Any] = [
      batch.bodyBytes, batch.rawBytes, batch.events, batch.dictionary, event.nameScalars, event.payloadBytes,
      event.jsonDepth, event.jsonExponent, welcome.limits.span, welcome.limits.heartbeat.clampedMilliseconds,
      welcome.limits.idleTimeout.clampedMilliseconds,
    ]
    return [
      "version": "\(welcome.version)", "features": "\(welcome.features.rawValue)",
      "server": "\(welcome.server)", "session": "\(welcome.session)", "floor": "\(welcome.floor)",
      "highest": "\(welcome.highest)", "system": "\(welcome.lineage.system)",
      "timeline": "\(welcome.lineage.timeline)", "store": "\(welcome.lineage.store)",
      "synchronous commit": "\(welcome.durability.synchronousCommit.rawValue)",
      "fsync": welcome.durability.fsync ? "1" : "0",
      "limits": limits.map { "\($0)" }.joined(separator: " "),
      "credit": "\(welcome.credit.batches) \(welcome.credit.bytes)",
    ]
  }
}
