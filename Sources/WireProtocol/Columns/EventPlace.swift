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

  @inlinable
  init(topic: Int, source: Int, id: Range<Int>, timeDelta: Int64, payload: Range<Int>?) {
    self.topic = topic
    self.source = source
    self.id = id
    self.timeDelta = timeDelta
    self.payload = payload
  }
}
