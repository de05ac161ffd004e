/// How long the database keeps what.
public struct RetentionSettings: Sendable {
  /// Within it, a batch that is sent again gets the counts of its first time.
  public var ledger: Duration = .seconds(3_600)
  /// How long a producer may be unseen before it is forgotten.
  public var producers: Duration = .seconds(30 * 86_400)
  /// How long after it was stored an event is deleted; nil: never.
  public var events: Duration?
  /// How long after it was kept aside a dead event is deleted; nil: never.
  public var deadEvents: Duration?

  /// The defaults: all events are kept.
  public init() {}
}
