/// The live tail.
public struct LiveTailSettings: Sendable {
  /// How long after one look at the database the next one comes, while somebody subscribes.
  public var poll: Duration = .milliseconds(250)
  /// Subscribers at a time.
  public var subscribers = 32
  /// Bytes of events that wait for one subscriber.
  public var buffer = 1 << 20

  /// The defaults.
  public init() {}
}
