/// The columns of one batch, structurally sound: every length, count and index was checked against
/// the bytes, so reading an event can not leave them.
///
/// Only the structure is checked here; whether a topic is UTF-8 or a payload is JSON is a question
/// about one event, answered by `Ingest`. Layout: `spec/wire-protocol.md`, "Columns".
public struct EventColumns: Sendable {
  /// The uncompressed columns, exactly as the digest covers them.
  public let bytes: [UInt8]
  /// Where each column stands in `bytes`.
  public let layout: ColumnLayout

  /// Checks `bytes` in one pass.
  /// - Throws: `WireError` with code `malformedColumns`, which ends the connection.
  public init(_ bytes: [UInt8], limits: BatchLimits) throws(WireError) {
    self.layout = try ColumnLayout(checking: bytes.span.bytes, limits: limits)
    self.bytes = bytes
  }

  /// The number of events, at least 1.
  public var count: Int { layout.events }

  /// A cursor before the first event. Reading is sequential because lengths are stored, not offsets.
  @inlinable
  public func makeCursor() -> EventCursor { EventCursor(layout) }

  /// The bytes of each topic, by index.
  public func topicRanges() -> [Range<Int>] { layout.topicRanges(in: bytes.span.bytes) }

  /// The bytes of each source, by index.
  public func sourceRanges() -> [Range<Int>] { layout.sourceRanges(in: bytes.span.bytes) }
}
