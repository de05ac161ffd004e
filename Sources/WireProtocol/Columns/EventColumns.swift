/// The columns of one batch with a sound structure: every length, count and index was checked against the
/// bytes, so reading an event cannot leave them.
///
/// Only the structure is checked. `Ingest` checks whether a topic is UTF-8 and a payload is JSON, for each
/// event alone. Layout: `spec/wire-protocol.md`, section 5.2.
public struct EventColumns: Sendable {
  /// The uncompressed columns. The digest covers exactly these bytes.
  public let bytes: [UInt8]
  /// The offsets of the columns in `bytes`.
  public let layout: ColumnLayout

  /// Checks `bytes`.
  /// - Throws: `malformedColumns`, which ends the connection; `batchTooLarge`, which refuses the batch.
  public init(_ bytes: [UInt8], limits: BatchLimits) throws(WireError) {
    self.layout = try ColumnLayout(checking: bytes.span.bytes, limits: limits)
    self.bytes = bytes
  }

  /// The number of events, at least 1.
  public var count: Int { layout.events }

  /// A cursor before the first event. Reading is sequential because lengths are stored, not offsets.
  @inlinable
  public func makeCursor() -> EventCursor { EventCursor(layout) }

  /// Returns the place of each topic in `bytes`, by index.
  public func topicRanges() -> [Range<Int>] { layout.topicRanges(in: bytes.span.bytes) }

  /// Returns the place of each source in `bytes`, by index.
  public func sourceRanges() -> [Range<Int>] { layout.sourceRanges(in: bytes.span.bytes) }
}
