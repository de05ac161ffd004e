internal import ClientLib

/// Log lines in the order in which they came, with their payloads in one array.
struct LogChunk: Sendable {
  /// The most bytes of payloads, unless one line is longer. The allocator takes larger pieces, from 128 KiB on, from the
  /// system each time (`M_MMAP_THRESHOLD` in `mallopt(3)`).
  static let mostBytes = 64 << 10
  /// The most lines, so that the array of lines never grows while a caller waits.
  static let mostLines = 256

  private struct Line {
    let topic: String
    let time: Timestamp
    /// The end of the payload, which begins where the payload of the line before ends.
    let end: Int
  }

  private var lines: [Line] = []
  private var bytes: [UInt8] = []

  init() {
    lines.reserveCapacity(Self.mostLines)
    bytes.reserveCapacity(Self.mostBytes)
  }

  /// Number of lines.
  var count: Int { lines.count }

  /// Whether the payload of another line has room. A line of any size has room in an empty chunk.
  func hasRoom(for size: Int) -> Bool {
    lines.isEmpty || (lines.count < Self.mostLines && bytes.count + size <= Self.mostBytes)
  }

  mutating func append(topic: String, time: Timestamp, payload: borrowing [UInt8]) {
    assert(hasRoom(for: payload.count), "the line has room")
    bytes += payload
    lines.append(Line(topic: topic, time: time, end: bytes.count))
  }

  /// The topic of a line.
  func topic(_ index: Int) -> String { lines[index].topic }

  /// The time of a line.
  func time(_ index: Int) -> Timestamp { lines[index].time }

  /// Number of bytes of a line's payload.
  func payloadBytes(_ index: Int) -> Int { range(index).count }

  /// Calls `body` with the payload of a line, and returns its result.
  func withPayload<Value, Failure: Error>(
    _ index: Int, _ body: (RawSpan) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    try body(bytes.span.bytes.extracting(range(index)))
  }

  private func range(_ index: Int) -> Range<Int> {
    (index == 0 ? 0 : lines[index - 1].end)..<lines[index].end
  }

  /// Removes the lines and keeps their memory, unless one line made the memory larger than usual.
  mutating func removeAll() {
    lines.removeAll(keepingCapacity: true)
    bytes.removeAll(keepingCapacity: bytes.capacity <= 2 * Self.mostBytes)
  }
}

/// The lines that were taken out of a queue.
struct WaitingLines: Sendable {
  var chunks: [LogChunk]
  let load: LogLoad
}
