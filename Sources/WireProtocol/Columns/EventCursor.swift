/// One event of a batch: ranges and values to be read from the batch's raw bytes.
public struct EventPlace: Hashable, Sendable {
  /// Index into the dictionary of topics.
  public let topic: Int
  /// Index into the dictionary of sources.
  public let source: Int
  /// The event id's bytes.
  public let id: Range<Int>
  /// The signed distance from the batch's base time, in microseconds.
  public let timeDelta: Int64
  /// The payload's bytes; nil when there is none, empty when it is empty.
  public let payload: Range<Int>?
}

/// Reads a batch's events in order. A plain value of a few integers: no allocation, no reference.
public struct EventCursor: Sendable {
  /// The place of the event that `next` reads.
  public private(set) var position = 0
}
