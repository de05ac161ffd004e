/// Times for which the database keeps rows that it would otherwise keep for ever.
public struct MaintenanceSettings: Hashable, Sendable {
  /// Age at which a ledger row may be pruned. A batch that is sent again before that age gets the counts of
  /// its first time.
  public var ledgerKeep: Duration
  /// Time without being seen after which a producer is forgotten.
  public var producersKeep: Duration
  /// Time without being seen after which a producer that never sent a batch is forgotten; never longer than
  /// `producersKeep`.
  public var unusedProducersKeep: Duration = .seconds(1_800)
  /// Age since storing at which an event is deleted; nil: never.
  public var eventsKeep: Duration?
  /// Age since dead-lettering at which a dead event is deleted; nil: never.
  public var deadEventsKeep: Duration?

  /// Creates the defaults: an hour of the ledger, thirty days of producers, and all events.
  public init() {
    ledgerKeep = .seconds(3_600)
    producersKeep = .seconds(30 * 24 * 3_600)
    eventsKeep = nil
    deadEventsKeep = nil
  }

  /// Time after which a connected producer is noted as seen: a quarter of the time after which it would be
  /// forgotten.
  var unseenLimit: Duration { min(unusedProducersKeep, producersKeep) / 4 }

  /// Time past its age at which a stored event makes retention overdue: three tenths of the age, at least 10
  /// s and at most an hour; nil without retention of events.
  var overdueLimit: Duration? {
    eventsKeep.map { max(.seconds(10), min(.seconds(3_600), $0 * 3 / 10)) }
  }

  /// Pause between two rounds: a tenth of the shortest time that anything is kept, 1 to 60 s.
  var pause: Duration {
    let shortest = [ledgerKeep, producersKeep, eventsKeep, deadEventsKeep].compactMap { $0 }.min()
    return max(.seconds(1), min(.seconds(60), (shortest ?? .zero) / 10))
  }
}
