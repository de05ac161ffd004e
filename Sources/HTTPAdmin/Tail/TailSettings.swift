/// The bounds of the live tail.
public struct TailSettings: Hashable, Sendable {
  /// How long after one look at the database the next one comes, for all subscribers together.
  public var poll: Duration
  /// Subscribers at a time.
  public var subscribers: Int
  /// Bytes of events that wait for one subscriber.
  public var bufferBytes: Int
  /// How long others wait for a subscriber whose buffer is full before it is dropped.
  public var patience: Duration
  /// Silence after which a subscriber gets a comment.
  public var heartbeat: Duration
  /// How old a position may be: older ones may miss what was pruned from the ledger.
  public var oldest: Duration

  /// The settings of `spec/configuration.md`, with their defaults.
  public init(
    poll: Duration = .milliseconds(250), subscribers: Int = 32, bufferBytes: Int = 1 << 20,
    patience: Duration = .seconds(1), heartbeat: Duration = .seconds(15), oldest: Duration = .seconds(1_800)
  ) {
    self.poll = poll
    self.subscribers = subscribers
    self.bufferBytes = bufferBytes
    self.patience = patience
    self.heartbeat = heartbeat
    self.oldest = oldest
  }
}
