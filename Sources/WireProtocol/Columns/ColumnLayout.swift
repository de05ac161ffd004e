/// Where the columns of a batch stand in its raw bytes: offsets from their start.
///
/// All numbers in the columns are little-endian. Layout: `spec/wire-protocol.md`, "Columns".
public struct ColumnLayout: Hashable, Sendable {
  /// Bytes of the fixed part in front of the columns.
  public static let headerBytes = 40
  /// The length that means "no payload".
  public static let absentPayload = UInt32.max

  /// Events.
  public let events: Int
  /// Entries of the dictionary of topics.
  public let topics: Int
  /// Entries of the dictionary of sources.
  public let sources: Int
  /// Microseconds since 1970 that every time is relative to.
  public let baseTime: Int64
  /// Bytes of one time delta: 4 or 8.
  public let timeWidth: Int

  /// `topics` lengths of 2 bytes.
  public let topicLengths: Int
  /// The topics, one after the other.
  public let topicBytes: Int
  /// `sources` lengths of 2 bytes.
  public let sourceLengths: Int
  /// The sources, one after the other.
  public let sourceBytes: Int
  /// `events` indices of 2 bytes into the topics.
  public let topicIndices: Int
  /// `events` indices of 2 bytes into the sources.
  public let sourceIndices: Int
  /// `events` signed deltas of `timeWidth` bytes from `baseTime`.
  public let timeDeltas: Int
  /// `events` lengths of 2 bytes.
  public let idLengths: Int
  /// The event ids, one after the other.
  public let idBytes: Int
  /// `events` lengths of 4 bytes, `absentPayload` for none.
  public let payloadLengths: Int
  /// The payloads, one after the other.
  public let payloadBytes: Int
  /// Bytes in all: where the payloads end.
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
    assert(rawBytes == header.rawByteCount)
  }

  /// The event time of `event` in microseconds since 1970; nil when it does not fit 64 bits.
  @inlinable
  public func timestamp(of event: EventPlace) -> Int64? {
    let (time, overflow) = baseTime.addingReportingOverflow(event.timeDelta)
    return overflow ? nil : time
  }
}
