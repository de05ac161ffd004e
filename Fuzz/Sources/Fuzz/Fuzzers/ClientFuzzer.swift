import WireProtocol

/// A whole connection as the client sees it, with two batches under way. Every split of the bytes gives the
/// same events.
///
/// The first byte says whether preface and WELCOME are put in front, and whether the client has a key. A proof
/// that begins with 1 is right.
enum ClientFuzzer: Fuzzer {
  static let name = "client"
  static let longestInput = 1_024

  static var seeds: [[UInt8]] {
    let status = AckStatus(queuedBatches: 1, queuedBytes: 100, settledThrough: 1)
    let batch = CommittedBatch(
      sequence: 1, counts: BatchCounts(unique: 1, duplicate: 0, dead: 0), isReplay: false)
    let frames: [(inout FrameWriter) -> Void] = [
      { $0.acknowledgement(.accepted(sequence: 2, status)) },
      { $0.acknowledgement(.committed([batch], status)) },
      { $0.window(Credit(batches: 9, bytes: 1 << 20)) },
      { $0.heartbeat(Heartbeat(storeUnavailable: .seconds(1))) },
      { $0.goAway(GoAway(lastSequence: 1, within: .seconds(5), reason: "stop")) },
      { $0.error(ErrorFrame(WireError(.batchTooLarge, "large"), sequence: 2)) },
      { $0.error(ErrorFrame(WireError(.storeUnavailable, "unavailable"), delay: .seconds(1))) },
    ]
    var all = FrameWriter()
    for frame in frames { frame(&all) }
    var begin = FrameWriter()
    begin.preface()
    begin.welcome(Samples.welcome)
    var challenged = FrameWriter()
    challenged.preface()
    challenged.challenge(Samples.challenge)
    var proven = Samples.welcome
    proven.proof = Bytes32([UInt8](repeating: 1, count: 32))
    challenged.welcome(proven)
    let single = frames.map { frame in
      var writer = FrameWriter()
      frame(&writer)
      return [1] + writer.bytes
    }
    let keyed: [[UInt8]] = [[4] + challenged.bytes, [4] + challenged.bytes + all.bytes]
    return single + keyed + [
      [1] + largerEntry(batch, status), [1] + all.bytes, [0] + begin.bytes + all.bytes,
    ]
  }

  /// A committed ACK with an entry of 32 bytes, as a later version may send it. `FrameRepair` corrects its
  /// checksum.
  private static func largerEntry(_ batch: CommittedBatch, _ status: AckStatus) -> [UInt8] {
    var writer = FrameWriter()
    writer.acknowledgement(.committed([batch], status))
    var bytes = writer.bytes + [1, 2, 3, 4]
    // The low bytes of body length and raw length, then the entry size.
    bytes[0] += 4
    bytes[16] += 4
    bytes[FrameHeader.byteCount + 1] += 4
    return bytes
  }

  static func run(_ input: UnsafeRawBufferPointer) {
    guard let mode = input.first else { return }
    var bytes: [UInt8] = []
    if mode & 1 == 1 {
      var begin = FrameWriter()
      begin.preface()
      begin.welcome(Samples.welcome)
      bytes = begin.bytes
    }
    bytes += input.dropFirst()
    if mode & 2 == 0 { FrameRepair.correct(&bytes, from: Preface.byteCount) }
    let hasKey = mode & 4 != 0
    let whole = transcript(of: bytes, chunk: bytes.count, hasKey: hasKey)
    for chunk in [1, 7, 100] {
      precondition(
        transcript(of: bytes, chunk: chunk, hasKey: hasKey) == whole, "cut by \(chunk), it ends otherwise")
    }
  }

  private static func transcript(
    of bytes: [UInt8], chunk: Int, hasKey: Bool
  ) -> [ClientConnection.OnBytes] {
    var connection = ClientConnection(
      hello: Samples.hello, authentication: hasKey ? Samples.authentication : nil, now: Samples.now)
    var events: [ClientConnection.OnBytes] = []
    var chunks = Chunks(bytes, size: chunk)
    while chunks.arrive() {
      while !chunks.waiting.isEmpty {
        let waiting = chunks.waiting
        let step = connection.receive(bytes.span.bytes.extracting(waiting), now: Samples.now)
        if case .needMore(let total) = step.event {
          precondition(
            step.consumed == 0 && total > waiting.count, "waits for \(total) with \(waiting.count)")
          break
        }
        precondition(step.consumed > 0, "no progress")
        chunks.consume(step.consumed)
        events.append(step.event)
        if case .welcomed = step.event { publishTwo(&connection) }
        if case .failed = step.event { return events }
      }
    }
    return events
  }

  private static func publishTwo(_ connection: inout ClientConnection) {
    for sequence in 1...2 as ClosedRange<UInt64> where connection.maySend(rawLength: 100) {
      connection.publish(
        PublishHeader(sequence: sequence, base: 1, timeToLive: 0, codec: .none, rawLength: 100),
        columns: [UInt8](repeating: 0, count: 100))
    }
  }
}
