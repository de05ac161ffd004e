extension ColumnHeader {
  /// No event yet.
  static let empty = ColumnHeader(
    events: 0, topics: 0, sources: 0, topicBytes: 0, sourceBytes: 0, idBytes: 0, payloadBytes: 0,
    timeWidth: 4, baseTime: 0)

  /// The header with one more event, whose parts have these lengths in bytes. `topic` and `source`
  /// are nil when the dictionary has them already.
  func adding(topic: Int?, source: Int?, id: Int, payload: Int, times: TimeSpan) -> ColumnHeader {
    var grown = self
    grown.events += 1
    if let topic {
      grown.topics += 1
      grown.topicBytes += topic
    }
    if let source {
      grown.sources += 1
      grown.sourceBytes += source
    }
    grown.idBytes += id
    grown.payloadBytes += payload
    (grown.timeWidth, grown.baseTime) = times.encoding
    return grown
  }

  /// Whether a batch with this header is within `limits`.
  func fits(_ limits: BatchLimits) -> Bool {
    events <= limits.events && topics <= limits.dictionary && sources <= limits.dictionary
      && rawByteCount <= limits.rawBytes
  }

  /// Writes the fixed part. The width and the three reserved bytes after it are one number of four bytes.
  func write(to writer: inout ColumnWriter) {
    for count in [events, topics, sources, topicBytes, sourceBytes, idBytes, payloadBytes, timeWidth] {
      writer.append(UInt32(count))
    }
    writer.append(baseTime)
  }
}
