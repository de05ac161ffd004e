import ClientLib
import EventMapping
import TextFormats

/// How lines of a format become events.
struct FormatPlan: Hashable, Sendable {
  var format: LineFormat
  var mapping: EventMapping
}

/// Makes events of records of any format, by a mapping.
struct MappedLineReader {
  /// 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999Z, which is what a server stores.
  private static let storedTimes: ClosedRange<Int64> = -62_135_596_800_000_000...253_402_300_799_999_999
  /// Different contents whose occurrences are counted at a time. It bounds the memory to some tens of megabytes.
  private static let mostContents: UInt64 = 1_000_000

  private var parser: FormatParser
  private var reader: MappedEventReader
  private var occurrences = ContentOccurrences()
  private var contents: UInt64 = 0
  /// Number of times that the count of occurrences began again.
  private var round: UInt64 = 0
  private var eventID: [UInt8] = []
  /// Whether `eventID` is that of the next record, because the record did not fit into the batch before.
  private var hasID = false

  init(_ plan: FormatPlan) {
    parser = FormatParser(plan.format)
    reader = MappedEventReader(plan.mapping, now: UTCTime(microseconds: Timestamp.now.microseconds))
  }

  /// Appends the event of a record.
  /// - Parameter place: of a line in a followed file; nil for ids by content.
  /// - Returns: false, and leaves the batch as it is, when the event does not fit. The next call must have the same
  ///   record.
  mutating func append(
    _ record: RawSpan, at place: LineAppender.Place?, to batch: inout EventBatch
  ) throws(LineProblem) -> Bool {
    guard let value = try parser.value(of: record) else { return true }
    let bytes = value.span.bytes
    let now = Timestamp.now
    reader.now = UTCTime(microseconds: now.microseconds)
    let fault: MappingFault?
    do throws(JSONSyntaxError) {
      fault = try reader.read(0..<value.count, in: bytes)
    } catch {
      throw LineProblem("\(error)")
    }
    if let fault { throw fault.problem }
    let event = reader.event
    try Self.check(event)
    var payload: RawSpan?
    switch event.payload {
    case .none: payload = nil
    case .input(let range): payload = bytes.extracting(range)
    case .written: payload = event.written.span.bytes
    }
    setID(event, payload, record, place)
    do throws(ProducerError) {
      let time = event.timestamp.map { Timestamp(microseconds: $0) } ?? now
      let fits = try batch.append(
        topic: event.topic.span.bytes, eventID: eventID.span.bytes, timestamp: time,
        source: event.source.span.bytes, payload: payload)
      hasID = !fits
      return fits
    } catch {
      hasID = false
      throw LineProblem(error.message)
    }
  }

  private mutating func setID(
    _ event: MappedEvent, _ payload: RawSpan?, _ record: RawSpan, _ place: LineAppender.Place?
  ) {
    guard !hasID else { return }
    if !event.eventID.isEmpty {
      eventID = event.eventID
    } else if let place {
      place.file.writeEventID(offset: place.offset, line: record, into: &eventID)
    } else {
      let content = ContentIdentity(
        topic: event.topic.span.bytes, timestamp: event.timestamp, source: event.source.span.bytes,
        payload: payload)
      occurrences.identity(of: content.repeated(round)).write(to: &eventID)
      contents += 1
      if contents == Self.mostContents {
        (occurrences, contents, round) = (ContentOccurrences(), 0, round + 1)
      }
    }
  }

  private static func check(_ event: MappedEvent) throws(LineProblem) {
    for (name, text) in [("topic", event.topic), ("id", event.eventID), ("source", event.source)] {
      // A text has at least a quarter as many characters as bytes.
      guard text.count > EventLineReader.longestName || text.contains(0) else { continue }
      let count = String(decoding: text, as: UTF8.self).unicodeScalars.count
      guard count <= EventLineReader.longestName, !text.contains(0) else {
        throw LineProblem(
          "\"\(name)\" has \(count) characters, or U+0000; it takes up to \(EventLineReader.longestName)")
      }
    }
    guard event.timestamp.map({ storedTimes.contains($0) }) ?? true else {
      throw LineProblem("the time is not in the years 1 to 9999")
    }
  }
}

extension MappingFault {
  fileprivate var problem: LineProblem {
    LineProblem("the field for the \(field.name)\(path.map { ", \"\($0)\"" } ?? ""): \(message)")
  }
}
