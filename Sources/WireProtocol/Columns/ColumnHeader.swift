/// The fixed part before the columns: the number of entries and bytes of each column.
struct ColumnHeader: Hashable {
  var events: Int
  var topics: Int
  var sources: Int
  var topicBytes: Int
  var sourceBytes: Int
  var idBytes: Int
  var payloadBytes: Int
  /// Bytes of one time delta: 4 or 8.
  var timeWidth: Int
  /// Microseconds since 1970.
  var baseTime: Int64

  /// Bytes of the columns with this header. No term reaches 2^36, so the sum cannot overflow.
  var rawByteCount: Int {
    let perEvent = 2 + 2 + timeWidth + 2 + 4
    return ColumnLayout.headerBytes + 2 * topics + topicBytes + 2 * sources + sourceBytes
      + events * perEvent + idBytes + payloadBytes
  }
}

extension ColumnHeader {
  /// Reads the header at the start of `bytes`, and checks the counts and their sum.
  /// - Throws: `malformedColumns`.
  init(parsing bytes: RawSpan) throws(WireError) {
    guard bytes.byteCount >= ColumnLayout.headerBytes else {
      throw .malformed("\(bytes.byteCount) bytes are too few for the header of \(ColumnLayout.headerBytes)")
    }
    func count(_ offset: Int) -> Int { Int(bytes.littleEndian(UInt32.self, at: offset)) }
    self.init(
      events: count(0), topics: count(4), sources: count(8), topicBytes: count(12),
      sourceBytes: count(16), idBytes: count(20), payloadBytes: count(24),
      timeWidth: Int(bytes.littleEndian(UInt8.self, at: 28)),
      baseTime: bytes.littleEndian(Int64.self, at: 32))
    let reserved = bytes.littleEndian(UInt32.self, at: 28) >> 8
    guard reserved == 0 else { throw .malformed("the reserved bytes 29-31 are not zero") }
    guard timeWidth == 4 || timeWidth == 8 else {
      throw .malformed("time width \(timeWidth) at byte 28 is neither 4 nor 8")
    }
    try checkCounts()
    guard rawByteCount == bytes.byteCount else {
      throw .malformed("there are \(bytes.byteCount) bytes; the header announces \(rawByteCount)")
    }
  }

  private func checkCounts() throws(WireError) {
    guard events > 0 else { throw .malformed("the batch has no event") }
    guard (1...events).contains(topics) else {
      throw .malformed("there are \(topics) topics for \(events) events; 1 to \(events) are allowed")
    }
    guard (1...events).contains(sources) else {
      throw .malformed("there are \(sources) sources for \(events) events; 1 to \(events) are allowed")
    }
  }
}

extension WireError {
  static func malformed(_ problem: String) -> WireError {
    WireError(.malformedColumns, "columns: \(problem)")
  }
}

extension ColumnHeader {
  /// The header of a batch without events.
  static let empty = ColumnHeader(
    events: 0, topics: 0, sources: 0, topicBytes: 0, sourceBytes: 0, idBytes: 0, payloadBytes: 0,
    timeWidth: 4, baseTime: 0)

  /// Returns the header with another event, whose parts have these lengths in bytes. `topic` and `source` are
  /// nil when the dictionary has them already.
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

  /// Writes the fixed part. The width and the three reserved bytes after it are written as one number of four
  /// bytes.
  func write(to writer: inout ColumnWriter) {
    for count in [events, topics, sources, topicBytes, sourceBytes, idBytes, payloadBytes, timeWidth] {
      writer.append(UInt32(count))
    }
    writer.append(baseTime)
  }
}

/// The earliest and the latest event time of a batch under construction.
struct TimeSpan {
  private var earliest = Int64.max
  private var latest = Int64.min

  /// Returns the span extended to `time`.
  func including(_ time: Int64) -> TimeSpan {
    var span = self
    span.earliest = min(earliest, time)
    span.latest = max(latest, time)
    return span
  }

  /// The width of a delta and the base time: 4 bytes from the earliest time where all deltas fit, otherwise 8
  /// bytes from
  /// 1970. So the sum of base and delta never overflows.
  var encoding: (width: Int, base: Int64) {
    guard earliest <= latest else { return (4, 0) }
    let (width, overflow) = latest.subtractingReportingOverflow(earliest)
    return overflow || width > Int32.max ? (8, 0) : (4, earliest)
  }
}
