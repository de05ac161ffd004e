/// Offsets of the columns in a batch's raw bytes (`spec/wire-protocol.md`, section 5.2).
public struct ColumnLayout: Hashable, Sendable {
  /// Bytes of the fixed part before the columns.
  public static let headerBytes = 40
  /// The length that means "no payload".
  public static let absentPayload = UInt32.max

  /// Number of events, at least 1.
  public let events: Int
  /// Number of entries in the dictionary of topics.
  public let topics: Int
  /// Number of entries in the dictionary of sources.
  public let sources: Int
  /// Base of every time, in microseconds since 1970.
  public let baseTime: Int64
  /// Bytes of one time delta: 4 or 8.
  public let timeWidth: Int

  /// Offset of `topics` lengths of 2 bytes.
  public let topicLengths: Int
  /// Offset of the topics, which follow each other.
  public let topicBytes: Int
  /// Offset of `sources` lengths of 2 bytes.
  public let sourceLengths: Int
  /// Offset of the sources, which follow each other.
  public let sourceBytes: Int
  /// Offset of `events` indices of 2 bytes into the topics.
  public let topicIndices: Int
  /// Offset of `events` indices of 2 bytes into the sources.
  public let sourceIndices: Int
  /// Offset of `events` signed deltas of `timeWidth` bytes from `baseTime`.
  public let timeDeltas: Int
  /// Offset of `events` lengths of 2 bytes.
  public let idLengths: Int
  /// Offset of the event ids, which follow each other.
  public let idBytes: Int
  /// Offset of `events` lengths of 4 bytes; `absentPayload` means no payload.
  public let payloadLengths: Int
  /// Offset of the payloads, which follow each other.
  public let payloadBytes: Int
  /// Bytes of the columns with the fixed part; the end of the payloads.
  public let rawBytes: Int

  init(_ header: ColumnHeader) {
    events = header.events
    topics = header.topics
    sources = header.sources
    baseTime = header.baseTime
    timeWidth = header.timeWidth
    topicLengths = Self.headerBytes
    topicBytes = topicLengths + 2 * topics
    sourceLengths = topicBytes + header.topicBytes
    sourceBytes = sourceLengths + 2 * sources
    topicIndices = sourceBytes + header.sourceBytes
    sourceIndices = topicIndices + 2 * events
    timeDeltas = sourceIndices + 2 * events
    idLengths = timeDeltas + timeWidth * events
    idBytes = idLengths + 2 * events
    payloadLengths = idBytes + header.idBytes
    payloadBytes = payloadLengths + 4 * events
    rawBytes = payloadBytes + header.payloadBytes
    assert(rawBytes == header.rawByteCount, "layout and header disagree about the size")
  }

  /// The event time of `event` in microseconds since 1970; nil when the time does not fit 64 bits.
  @inlinable
  public func timestamp(of event: EventPlace) -> Int64? {
    let (time, overflow) = baseTime.addingReportingOverflow(event.timeDelta)
    return overflow ? nil : time
  }
}

extension ColumnLayout {
  /// Checks the structure of a batch's columns, then their size. Texts and payloads are not checked.
  /// - Throws: `malformedColumns` when counts, lengths or indices contradict each other or the bytes;
  ///   `batchTooLarge` when sound columns are beyond `limits`.
  public init(checking bytes: RawSpan, limits: BatchLimits) throws(WireError) {
    let header = try ColumnHeader(parsing: bytes)
    self.init(header)
    try Self.check(
      sum: bytes.extracting(topicLengths..<topicBytes).sumOfLengths16(), of: "topic",
      announced: header.topicBytes)
    try Self.check(
      sum: bytes.extracting(sourceLengths..<sourceBytes).sumOfLengths16(), of: "source",
      announced: header.sourceBytes)
    try Self.check(
      indices: bytes.extracting(topicIndices..<sourceIndices), of: "topic", count: topics)
    try Self.check(
      indices: bytes.extracting(sourceIndices..<timeDeltas), of: "source", count: sources)
    try Self.check(
      sum: bytes.extracting(idLengths..<idBytes).sumOfLengths16(), of: "event id",
      announced: header.idBytes)
    try Self.check(
      sum: bytes.extracting(payloadLengths..<payloadBytes).sumOfPayloadLengths(), of: "payload",
      announced: header.payloadBytes)
    try check(limits)
  }

  private static func check(sum: UInt64, of column: String, announced: Int) throws(WireError) {
    guard sum == UInt64(announced) else {
      throw .malformed("\(column) lengths add up to \(sum) bytes; the header announces \(announced)")
    }
  }

  private static func check(indices: RawSpan, of column: String, count: Int) throws(WireError) {
    guard indices.maximum16() >= count else { return }
    for event in 0..<indices.byteCount / 2 {
      let index = Int(indices.littleEndian(UInt16.self, at: 2 * event))
      guard index < count else {
        throw .malformed("\(column) index \(index) of event \(event) is not below \(count)")
      }
    }
  }

  private func check(_ limits: BatchLimits) throws(WireError) {
    let bounds = [
      ("raw bytes", rawBytes, limits.rawBytes), ("events", events, limits.events),
      ("topics", topics, limits.dictionary), ("sources", sources, limits.dictionary),
    ]
    for (unit, found, limit) in bounds where found > limit {
      throw WireError(
        .batchTooLarge, "the batch has \(found) \(unit); the limit is \(limit); send smaller batches")
    }
  }
}

extension RawSpan {
  /// The sum of the span as 16-bit lengths.
  fileprivate func sumOfLengths16() -> UInt64 {
    var sum: UInt64 = 0
    for offset in stride(from: 0, to: byteCount, by: 2) {
      sum &+= UInt64(littleEndian(UInt16.self, at: offset))
    }
    return sum
  }

  /// The sum of the span as 32-bit lengths, without those that are `absentPayload`.
  fileprivate func sumOfPayloadLengths() -> UInt64 {
    var sum: UInt64 = 0
    for offset in stride(from: 0, to: byteCount, by: 4) {
      let length = littleEndian(UInt32.self, at: offset)
      sum &+= length == ColumnLayout.absentPayload ? 0 : UInt64(length)
    }
    return sum
  }

  /// The largest number of the span as 16-bit numbers.
  fileprivate func maximum16() -> Int {
    var maximum: UInt16 = 0
    for offset in stride(from: 0, to: byteCount, by: 2) {
      maximum = max(maximum, littleEndian(UInt16.self, at: offset))
    }
    return Int(maximum)
  }
}

extension ColumnLayout {
  /// Returns the place of each topic in `bytes`, by index. The layout was checked against these bytes.
  public func topicRanges(in bytes: RawSpan) -> [Range<Int>] {
    Self.ranges(in: bytes, lengths: topicLengths, count: topics, start: topicBytes)
  }

  /// Returns the place of each source in `bytes`, by index. The layout was checked against these bytes.
  public func sourceRanges(in bytes: RawSpan) -> [Range<Int>] {
    Self.ranges(in: bytes, lengths: sourceLengths, count: sources, start: sourceBytes)
  }

  private static func ranges(in bytes: RawSpan, lengths: Int, count: Int, start: Int) -> [Range<Int>] {
    precondition(lengths + 2 * count == start, "the names follow their lengths")
    var ranges: [Range<Int>] = []
    ranges.reserveCapacity(count)
    var start = start
    for index in 0..<count {
      let end = start + Int(bytes.littleEndian(UInt16.self, at: lengths + 2 * index))
      ranges.append(start..<end)
      start = end
    }
    return ranges
  }
}
