import WireProtocol

/// A PUBLISH frame that is made before the measurement.
struct ReadyFrame {
  let bytes: [UInt8]
  let sequence: UInt64
  /// Bytes of the columns before compression.
  let rawLength: Int
  let events: Int

  /// Distance of a producer's base from its newest sequence. It is less than the window that servers allow, and so
  /// large that every sequence below the base is settled when the frame is sent.
  private static let lag: UInt64 = 4_000

  /// The frame of a batch with the sequence `sequence`.
  init(_ columns: [UInt8], sequence: UInt64, events: Int) {
    let compressed = LZ4Block.compress(columns.span.bytes)
    let header = PublishHeader(
      sequence: sequence, base: max(1, sequence - min(sequence, Self.lag)), timeToLive: 0,
      codec: compressed == nil ? .none : .lz4, rawLength: columns.count)
    var writer = FrameWriter()
    writer.publish(header, columns: compressed ?? columns)
    self.bytes = writer.take()
    self.sequence = sequence
    self.rawLength = columns.count
    self.events = events
  }

  /// The batches of `workload`, distributed over the connections in turn. Each connection is another producer.
  static func make(_ workload: Workload, connections: Int) throws -> [[ReadyFrame]] {
    var frames: [[ReadyFrame]] = Array(repeating: [], count: connections)
    var turn = 0
    try workload.forEachBatch { columns, events in
      let sequence = UInt64(frames[turn].count + 1)
      frames[turn].append(ReadyFrame(columns, sequence: sequence, events: events))
      turn = (turn + 1) % connections
    }
    return frames
  }
}
