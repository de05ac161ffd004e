import ClientLib
import EventMapping

/// Appends dead events with the bytes of lines that are no events. The payload begins with the problem of the line, so
/// that it is no JSON, and the server keeps the event with its bytes and its reason.
struct DeadLineWriter {
  private let topic: [UInt8]
  private let source: [UInt8]

  /// - Parameter mapping: the mapping whose topic and source the events get; nil for those of the command.
  init(_ mapping: EventMapping?) {
    topic = Array((mapping?.topic ?? "sluice.rejected").utf8)
    source = Array((mapping?.source ?? "sluice-publish").utf8)
  }

  /// Appends the dead event of a line. The same line of a followed file always gets the same id, and so does the same
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
      return try batch.append(
        topic: topic.span.bytes, eventID: eventID.span.bytes, timestamp: .now, source: source.span.bytes,
        payload: payload.span.bytes)
    } catch {
      throw LineProblem("\(problem); as a dead event it is too large: \(error.message)")
    }
  }
}
