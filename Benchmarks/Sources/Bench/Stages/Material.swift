import Ingest
import WireProtocol

/// The same events in every form that a stage starts from.
struct Material {
  let events: Int
  /// Uncompressed columns of each batch.
  let columns: [[UInt8]]
  /// Complete frames.
  let frames: [ReadyFrame]
  /// The compressed columns inside the frames.
  let blocks: [(bytes: [UInt8], rawLength: Int)]
  /// Batches in the form of the queue, in groups as a busy writer takes them.
  let groups: [[IngestBatch]]

  private static let batchesInGroup = 20

  init(_ workload: Workload) throws {
    var (columns, frames, batches, events): ([[UInt8]], [ReadyFrame], [IngestBatch], Int) = ([], [], [], 0)
    try workload.forEachBatch { bytes, count in
      columns.append(bytes)
      frames.append(ReadyFrame(bytes, sequence: UInt64(frames.count + 1), events: count))
      batches.append(try Self.batch(bytes, sequence: UInt64(frames.count)))
      events += count
    }
    self.columns = columns
    self.frames = frames
    self.events = events
    blocks = columns.map { (LZ4Block.compress($0.span.bytes) ?? [], $0.count) }
    groups = stride(from: 0, to: batches.count, by: Self.batchesInGroup).map {
      Array(batches[$0..<min($0 + Self.batchesInGroup, batches.count)])
    }
  }

  private static func batch(_ bytes: [UInt8], sequence: UInt64) throws -> IngestBatch {
    IngestBatch(
      key: BatchKey(producer: ProducerID(high: 1, low: 1), sequence: sequence), base: 1, digest: 0,
      session: 1, columns: try EventColumns(bytes, limits: .standard), dead: [], acceptedAt: .now)
  }
}
