import Ingest
import WireProtocol

/// A server's connection without a socket. It receives batches as an `IngestConnection` does, and discards them.
struct Receiver: ~Copyable {
  private var connection: ServerConnection
  private let validator: ColumnValidator
  private let producer = ProducerID(high: 1, low: 2)
  private let now = ContinuousClock.now

  init(validator: ColumnValidator) {
    self.validator = validator
    let unbounded = Credit(batches: .max / 2, bytes: .max / 2)
    connection = ServerConnection(
      configuration: ServerConnection.Configuration(
        limits: .standard, credit: unbounded, server: ProducerID(high: 1, low: 1),
        handshake: .seconds(3_600), bodyProgress: .seconds(3_600)),
      now: now)
    shakeHands()
  }

  /// Runs every step from a frame to the batch for the queue, and writes the batch's two answers.
  /// - Returns: The number of events in the batch.
  mutating func receive(_ frame: [UInt8]) throws -> Int {
    let step = connection.receive(frame.span.bytes, now: now)
    guard case .admit(let publish, let body) = step.action else { return 0 }
    let columns = try publish.columns(in: frame.span.bytes.extracting(body), limits: .standard)
    let batch = IngestBatch(
      key: BatchKey(producer: producer, sequence: publish.sequence), base: publish.base,
      digest: Digest64.digest(of: columns.bytes.span.bytes), session: 1, columns: columns,
      dead: validator.deadEvents(in: columns), acceptedAt: now)
    connection.accepted(publish.sequence)
    connection.committed(
      CommittedBatch(
        sequence: publish.sequence,
        counts: BatchCounts(unique: UInt32(batch.received), duplicate: 0, dead: 0), isReplay: false))
    keep(connection.takeOutput(queue: (0, 0), now: now).count)
    return batch.received
  }

  private mutating func shakeHands() {
    var writer = FrameWriter()
    writer.preface()
    writer.hello(Hello(producer: producer, base: 1, clientName: "bench"))
    let bytes = writer.take()
    var used = 0
    while used < bytes.count {
      used += connection.receive(bytes.span.bytes.extracting(used..<bytes.count), now: now).consumed
    }
    connection.registered(
      session: 1, floor: 0, highest: 0, settled: [],
      lineage: Lineage(system: 1, timeline: 1, store: producer),
      durability: Durability(synchronousCommit: .on, fsync: true))
    keep(connection.takeOutput(queue: (0, 0), now: now).count)
  }
}
