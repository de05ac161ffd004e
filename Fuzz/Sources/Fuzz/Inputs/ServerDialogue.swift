import WireProtocol

/// A server's connection, driven as the shell over sockets does, with a store that commits at once.
enum ServerDialogue {
  /// An event of the connection: an action, or the bytes that were sent.
  enum Entry: Equatable {
    case action(ServerConnection.OnBytes)
    case rejectedUnknownProtocol
    case output([UInt8])
  }

  /// Feeds `bytes` in pieces and notes everything but the waits in between.
  /// - Parameter asksForKey: whether the server answers HELLO with CHALLENGE.
  static func transcript(of bytes: [UInt8], chunk: Int, asksForKey: Bool) -> [Entry] {
    let configuration = ServerConnection.Configuration(
      limits: Samples.limits, credit: Samples.credit, server: Samples.producer, handshake: .seconds(3),
      bodyProgress: .seconds(10))
    var connection = ServerConnection(
      configuration: configuration, challenge: asksForKey ? Samples.challenge : nil, now: Samples.now)
    var entries: [Entry] = []
    var chunks = Chunks(bytes, size: chunk)
    while chunks.arrive() {
      while let step = step(&connection, bytes, &chunks) {
        let isOver = perform(step.action, &connection, bytes, step.frame)
        entries.append(entry(for: step.action))
        let output = connection.takeOutput(queue: (0, 0), now: Samples.now)
        if !output.isEmpty { entries.append(.output(output)) }
        if isOver { return entries }
      }
    }
    return entries
  }

  private struct Step {
    var action: ServerConnection.OnBytes
    var frame: Range<Int>
  }

  /// One look at what is waiting; nil when more must arrive first.
  private static func step(
    _ connection: inout ServerConnection, _ bytes: [UInt8], _ chunks: inout Chunks
  ) -> Step? {
    let waiting = chunks.waiting
    let step = connection.receive(bytes.span.bytes.extracting(waiting), now: Samples.now)
    if case .needMore(let total) = step.action {
      precondition(step.consumed == 0 && total > waiting.count, "waits for \(total) with \(waiting.count)")
      return nil
    }
    precondition(step.consumed > 0, "no progress")
    chunks.consume(step.consumed)
    return Step(action: step.action, frame: waiting.lowerBound..<waiting.lowerBound + step.consumed)
  }

  /// Leaves out the answer to an unknown protocol, because it depends on how much of the first line has
  /// arrived.
  private static func entry(for action: ServerConnection.OnBytes) -> Entry {
    if case .rejectUnknownProtocol = action { .rejectedUnknownProtocol } else { .action(action) }
  }

  /// Does what the connection asks for; true when it is over.
  private static func perform(
    _ action: ServerConnection.OnBytes, _ connection: inout ServerConnection, _ bytes: [UInt8],
    _ frame: Range<Int>
  ) -> Bool {
    switch action {
    case .needMore, .proceed: return false
    case .authenticate(let attempt):
      guard attempt.proof.bytes.first == 1 else {
        connection.fail(WireError(.authenticationFailed, "for the fuzzer"))
        return true
      }
      _ = connection.authenticated()
      connection.registered(
        session: 1, floor: 0, highest: 0, settled: [], lineage: Samples.lineage,
        durability: Samples.durability
      ) { Bytes32([UInt8](repeating: UInt8($0.message(channelBinding: []).count & 0xFF), count: 32)) }
      return false
    case .register:
      connection.registered(
        session: 1, floor: 0, highest: 0, settled: [], lineage: Samples.lineage,
        durability: Samples.durability)
      return false
    case .admit(let publish, let body):
      precondition(body.upperBound <= frame.count, "a body outside its frame")
      return admit(publish, bytes.span.bytes.extracting(frame).extracting(body), &connection)
    case .close, .rejectUnknownProtocol: return true
    }
  }

  private static func admit(
    _ publish: PublishHeader, _ body: RawSpan, _ connection: inout ServerConnection
  ) -> Bool {
    do throws(WireError) {
      let columns = try publish.columns(in: body, limits: Samples.batchLimits)
      precondition(columns.bytes.count == publish.rawLength, "not the announced raw length")
      connection.accepted(publish.sequence)
      connection.committed(
        CommittedBatch(
          sequence: publish.sequence,
          counts: BatchCounts(unique: UInt32(columns.count), duplicate: 0, dead: 0), isReplay: false))
      return false
    } catch {
      guard error.code.scope == .batch else {
        connection.fail(error)
        return true
      }
      connection.refused(publish.sequence, error)
      return false
    }
  }
}
