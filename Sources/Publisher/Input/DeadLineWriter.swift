import ClientLib
import EventMapping

/// Appends dead events with the bytes of lines that are no events. The payload begins with the problem of the line, so
/// that it is no JSON, and the server keeps the event with its bytes and its reason.
struct DeadLineWriter {
  /// Bytes of a line that an event has when the event does not fit into a batch with all of them.
  private static let cutBytes = LineSplitter.beginningBytes

  private let topic: [UInt8]
  private let source: [UInt8]

  /// - Parameter mapping: the mapping whose topic and source the events get; nil for those of the command.
  init(_ mapping: EventMapping?) {
    topic = Array((mapping?.topic ?? "sluice.rejected").utf8)
    source = Array((mapping?.source ?? "sluice-publish").utf8)
  }

  /// Appends the dead event of a line, which is cut when it fits no batch otherwise. The same line of a followed file always gets the same id, and so does the same
  /// content otherwise.
  /// - Returns: false, and leaves the batch as it is, when the event does not fit.
  func append(
    _ line: RawSpan, _ problem: LineProblem, at place: LineAppender.Place?, to batch: inout EventBatch
  ) throws(LineProblem) -> Bool {
    var payload = Array("\(problem)\n".utf8)
    line.withUnsafeBytes { payload.append(contentsOf: $0) }
    var eventID: [UInt8] = []
    if let place {
      place.file.writeEventID(offset: place.offset, line: line, into: &eventID)
    } else {
      ContentIdentity(
        topic: topic.span.bytes, timestamp: nil, source: source.span.bytes, payload: payload.span.bytes
      ).write(to: &eventID)
    }
    do throws(ProducerError) {
      return try append(eventID, payload, to: &batch)
    } catch {
      payload.removeLast(max(0, payload.count - Self.cutBytes))
    }
    do throws(ProducerError) {
      return try append(eventID, payload, to: &batch)
    } catch {
      throw LineProblem("\(problem); as a dead event it is too large: \(error.message)")
    }
  }

  private func append(
    _ eventID: [UInt8], _ payload: [UInt8], to batch: inout EventBatch
  ) throws(ProducerError) -> Bool {
    try batch.append(
      topic: topic.span.bytes, eventID: eventID.span.bytes, timestamp: .now, source: source.span.bytes,
      payload: payload.span.bytes)
  }
}
