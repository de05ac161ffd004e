import WireProtocol

/// The check of columns, and the walk through what it accepts: never outside the bytes, never past a
/// gap, and the builder makes the same events again.
enum ColumnsFuzzer: Fuzzer {
  static let name = "columns"
  static let longestInput = 2_048

  static var seeds: [[UInt8]] { Samples.batches }

  static func run(_ input: UnsafeRawBufferPointer) {
    do throws(WireError) {
      let columns = try EventColumns(Array(input), limits: Samples.batchLimits)
      walk(columns)
      rebuild(columns)
    } catch {
      precondition([.malformedColumns, .batchTooLarge].contains(error.code), "\(error)")
    }
  }

  /// Ids and payloads tile their columns.
  private static func walk(_ columns: EventColumns) {
    let layout = columns.layout
    var cursor = columns.makeCursor()
    var (id, payload, count) = (layout.idBytes, layout.payloadBytes, 0)
    while let place = cursor.next(in: columns.bytes.span.bytes) {
      precondition(place.topic < layout.topics && place.source < layout.sources, "no such name")
      precondition(place.id.lowerBound == id, "a gap between ids")
      id = place.id.upperBound
      if let range = place.payload {
        precondition(range.lowerBound == payload, "a gap between payloads")
        payload = range.upperBound
      }
      count += 1
    }
    precondition(count == columns.count && id == layout.payloadLengths, "ids end elsewhere")
    precondition(payload == columns.bytes.count, "payloads end elsewhere")
    precondition(columns.topicRanges().last?.upperBound == layout.sourceLengths, "topics end elsewhere")
    precondition(columns.sourceRanges().last?.upperBound == layout.topicIndices, "sources end elsewhere")
  }

  /// Puts every event into a builder, whose columns must say the same.
  private static func rebuild(_ columns: EventColumns) {
    guard let events = SampleEvent.all(of: columns) else { return }
    var builder = EventColumnsBuilder(limits: Samples.roomyLimits)
    for event in events {
      let isAdded = try? builder.append(event)
      precondition(isAdded == true, "the builder refuses what came out of sound columns")
    }
    let size = builder.rawByteCount
    let bytes = builder.finish()
    precondition(bytes.count == size, "the builder foresaw \(size) bytes, not \(bytes.count)")
    let again = (try? EventColumns(bytes, limits: Samples.roomyLimits)).flatMap { SampleEvent.all(of: $0) }
    precondition(again == events, "the builder changed the events")
  }
}
