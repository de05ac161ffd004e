import Ingest
import WireProtocol

extension Stage {
  /// The stages from an event's fields in memory to a frame.
  static func client(_ material: Material) -> [Stage] {
    let sound = material.groups.flatMap { $0.map(\.columns) }
    return [
      Stage("columns", .client) {
        var builder = EventColumnsBuilder(limits: .unlimited)
        for columns in sound { keep(try rebuild(columns, with: &builder)) }
      },
      Stage("LZ4", .client) {
        for columns in material.columns { keep(LZ4Block.compress(columns.span.bytes)?.count ?? 0) }
      },
      Stage("frame and checksum", .client) {
        var writer = FrameWriter()
        for (block, frame) in zip(material.blocks, material.frames) {
          writer.publish(
            PublishHeader(
              sequence: frame.sequence, base: 1, timeToLive: 0, codec: .lz4, rawLength: block.rawLength),
            columns: block.bytes)
          keep(writer.take().count)
        }
      },
    ]
  }

  /// Appends each event of a batch to an empty one.
  private static func rebuild(
    _ columns: EventColumns, with builder: inout EventColumnsBuilder
  ) throws -> Int {
    let bytes = columns.bytes.span.bytes
    let (topics, sources) = (columns.topicRanges(), columns.sourceRanges())
    var cursor = columns.makeCursor()
    while let event = cursor.next(in: bytes) {
      let payload = event.payload
      let topic = bytes.extracting(topics[event.topic])
      let source = bytes.extracting(sources[event.source])
      let time = columns.layout.timestamp(of: event) ?? 0
      if let payload {
        _ = try builder.append(
          topic: topic, source: source, id: bytes.extracting(event.id), timestamp: time,
          payload: bytes.extracting(payload))
      } else {
        _ = try builder.append(
          topic: topic, source: source, id: bytes.extracting(event.id), timestamp: time, payload: nil)
      }
    }
    return builder.finish().count
  }
}
