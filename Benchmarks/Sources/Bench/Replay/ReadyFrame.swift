import WireProtocol

/// A PUBLISH frame that is made before anything is measured.
struct ReadyFrame {
  let bytes: [UInt8]
  let sequence: UInt64
  /// Bytes of the columns before compression.
  let rawLength: Int
  let events: Int

  /// How far the base of a producer stays behind: less than the span that servers allow, and so much that
  /// everything below it is settled when the frame is sent.
  private static let lag: UInt64 = 4_000

  /// The frame of a batch that a producer numbers `sequence`.
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

  /// The batches of `workload`, dealt to so many connections in turn, each a producer of its own.
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
