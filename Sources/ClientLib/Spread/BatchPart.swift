import WireProtocol

/// The events of a batch that go to one channel, as columns.
struct BatchPart: Hashable, Sendable {
  /// Index of the channel.
  let channel: Int
  let columns: [UInt8]
  /// Events in the columns, at least 1.
  let events: Int
}

extension SpreadRouter {
  /// Returns the events of a batch that was not built for these channels, by channel.
  /// - Parameter columns: sound columns, as a builder writes them.
  func split(_ columns: [UInt8]) -> [BatchPart] {
    let batch: EventColumns
    do throws(WireError) {
      batch = try EventColumns(columns, limits: .largest)
    } catch {
      preconditionFailure("columns that this process built are malformed: \(error)")
    }
    var builders = [EventColumnsBuilder](repeating: EventColumnsBuilder(limits: .largest), count: count)
    let (topics, sources) = (batch.topicRanges(), batch.sourceRanges())
    let bytes = columns.span.bytes
    var cursor = batch.makeCursor()
    while let event = cursor.next(in: bytes) {
      let (topic, id) = (bytes.extracting(topics[event.topic]), bytes.extracting(event.id))
      let source = bytes.extracting(sources[event.source])
      let timestamp = batch.layout.baseTime &+ event.timeDelta
      let channel = channel(topic: topic, id: id)
      do throws(EventRefusal) {
        let fits =
          if let payload = event.payload {
            try builders[channel].append(
              topic: topic, source: source, id: id, timestamp: timestamp, payload: bytes.extracting(payload))
          } else {
            try builders[channel].append(
              topic: topic, source: source, id: id, timestamp: timestamp, payload: nil)
          }
        precondition(fits, "a part of a batch is larger than the batch")
      } catch {
        preconditionFailure("an event of a batch fits no batch: \(error)")
      }
    }
    return builders.indices.compactMap { index in
      let events = builders[index].count
      guard events > 0 else { return nil }
      return BatchPart(channel: index, columns: builders[index].finish(), events: events)
    }
  }
}

extension BatchLimits {
  /// The limits of the format itself.
  fileprivate static let largest = BatchLimits(
    bodyBytes: .max, rawBytes: Int(UInt32.max), events: Int(UInt16.max), dictionary: Int(UInt16.max) + 1)
}
