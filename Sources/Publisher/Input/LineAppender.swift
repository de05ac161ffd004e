import ClientLib

/// Appends the events of lines to batches.
struct LineAppender {
  /// The place of a line in a followed file, which gives an id to an event without one.
  struct Place {
    let file: FileID
    /// Bytes of the file before the line.
    let offset: UInt64
  }

  private var reader: EventLineReader
  private var eventID: [UInt8] = []

  /// - Parameter requiresID: whether every line must have an id. Otherwise each line needs its place.
  init(requiresID: Bool) {
    reader = EventLineReader(requiresID: requiresID)
  }

  /// Appends the event of a line without its end. A blank line has no event.
  /// - Returns: false, and leaves the batch as it is, when the event does not fit.
  mutating func append(
    _ line: RawSpan, at place: Place? = nil, to batch: inout EventBatch
  ) throws(LineProblem) -> Bool {
    guard !line.isBlank else { return true }
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
