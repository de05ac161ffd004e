/// For how long the database keeps what it would otherwise keep for ever.
public struct MaintenanceSettings: Hashable, Sendable {
  /// How old a row of the ledger becomes before it may be pruned; within it, a batch that is sent again gets
  /// the counts of its first time.
  public var ledgerKeep: Duration
  /// How long a producer may be unseen before it is forgotten.
  public var producersKeep: Duration
  /// How long after it was stored an event is deleted; nil: never.
  public var eventsKeep: Duration?
  /// How long after it was kept aside a dead event is deleted; nil: never.
  public var deadEventsKeep: Duration?

  /// An hour of the ledger, thirty days of producers, and all events.
  public init() {
    ledgerKeep = .seconds(3_600)
    producersKeep = .seconds(30 * 24 * 3_600)
    eventsKeep = nil
    deadEventsKeep = nil
  }

  /// From one round to the next: a tenth of what is kept for the shortest time, 1 to 60 s.
  var pause: Duration {
    let shortest = [ledgerKeep, producersKeep, eventsKeep, deadEventsKeep].compactMap { $0 }.min()
    return max(.seconds(1), min(.seconds(60), (shortest ?? .zero) / 10))
  }
}
