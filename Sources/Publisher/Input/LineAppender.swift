import ClientLib

/// Appends the events of lines to batches, and dead events for lines that are no events if the user asks for them.
struct LineAppender {
  /// The place of a line in a followed file, which gives an id to an event without one.
  struct Place {
    let file: FileID
    /// Bytes of the file before the line.
    let offset: UInt64
  }

  private var reader: EventLineReader
  private var mapped: MappedLineReader?
  /// Makes the dead events; nil when such lines are refused.
  private let dead: DeadLineWriter?
  /// The boundaries of the records.
  let boundary: RecordBoundary.Kind
  private var eventID: [UInt8] = []
  /// Problems that are kept at most.
  private static let mostReasons = 3
  /// The first different problems of lines that became dead events.
  private(set) var deadReasons: [String] = []

  /// - Parameters:
  ///   - format: the format of the lines; nil for the events of `POST /publish`.
  ///   - requiresID: whether every line of `POST /publish` must have an id. Otherwise each line needs its place.
  ///   - makesDead: whether lines that are no events become dead events.
  init(_ format: FormatPlan?, requiresID: Bool, makesDead: Bool) {
    reader = EventLineReader(requiresID: requiresID)
    mapped = format.map(MappedLineReader.init)
    dead = makesDead ? DeadLineWriter(format?.mapping) : nil
    boundary = format?.format.boundary ?? .lines
  }

  /// Appends the event of a line without its end, or its dead event. A blank line has no event.
  /// - Returns: false, and leaves the batch as it is, when the event does not fit. The next call must have the same
  ///   line.
  /// - Throws: the problem of a line that is refused.
  mutating func append(
    _ line: RawSpan, at place: Place? = nil, to batch: inout EventBatch
  ) throws(LineProblem) -> Bool {
    do throws(LineProblem) {
      return try appendEvent(line, at: place, to: &batch)
    } catch {
      guard let dead, !error.endsInput else { throw error }
      let fits = try dead.append(line, error, at: place, to: &batch)
      if fits { note(error) }
      return fits
    }
  }

  /// Appends the dead event of a line above the limit.
  /// - Parameter beginning: the first bytes of the line, or a text that names its place.
  /// - Returns: false, and leaves the batch as it is, when the event does not fit.
  /// - Throws: `tooLong` when such lines are refused.
  mutating func append(
    beginningOfTooLong beginning: RawSpan, at place: Place? = nil, to batch: inout EventBatch
  ) throws(LineProblem) -> Bool {
    guard let dead else { throw .tooLong }
    let fits = try dead.append(beginning, .tooLong, at: place, to: &batch)
    if fits { note(.tooLong) }
    return fits
  }

  private mutating func note(_ problem: LineProblem) {
    guard deadReasons.count < Self.mostReasons, !deadReasons.contains(problem.description) else { return }
    deadReasons.append(problem.description)
  }

  private mutating func appendEvent(
    _ line: RawSpan, at place: Place?, to batch: inout EventBatch
  ) throws(LineProblem) -> Bool {
    guard !line.isBlank else { return true }
    if let fits = try mapped?.append(line, at: place, to: &batch) { return fits }
    let event = try reader.read(line)
    if event.id == nil, let place {
      place.file.writeEventID(offset: place.offset, line: line, into: &eventID)
    }
    do throws(ProducerError) {
      guard event.isCopied else { return try batch.append(event, of: line, elseID: eventID.span.bytes) }
      let copy = reader.copy
      return try batch.append(event, of: copy.span.bytes, elseID: eventID.span.bytes)
    } catch {
      throw LineProblem(error.message)
    }
  }
}

extension EventBatch {
  /// Appends an event with its parts in `line`; false when the batch is full.
  fileprivate mutating func append(
    _ event: EventLine, of line: RawSpan, elseID: RawSpan
  ) throws(ProducerError) -> Bool {
    var id = elseID
    if let range = event.id { id = line.extracting(range) }
    guard let payload = event.payload else {
      return try append(
        topic: line.extracting(event.topic), eventID: id, timestamp: event.timestamp,
        source: line.extracting(event.source), payload: nil)
    }
    return try append(
      topic: line.extracting(event.topic), eventID: id, timestamp: event.timestamp,
      source: line.extracting(event.source), payload: line.extracting(payload))
  }
}

extension RawSpan {
  /// Whether the line has only spaces, tabs and carriage returns.
  fileprivate var isBlank: Bool {
    for offset in 0..<byteCount {
      let byte = unsafeLoad(fromByteOffset: offset, as: UInt8.self)
      guard byte == 0x20 || byte == 0x09 || byte == 0x0D else { return false }
    }
    return true
  }
}
