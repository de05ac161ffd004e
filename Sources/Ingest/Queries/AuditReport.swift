public import WireProtocol

/// The conservation law with its terms, from one snapshot of the database: `received = unique + duplicate +
/// dead`, for each producer and overall, and what is stored is what was counted.
public struct AuditReport: Hashable, Sendable {
  /// Terms of the law.
  public struct Counts: Hashable, Sendable {
    /// Events of committed batches.
    public let received: Int64
    /// Events stored first by such a batch.
    public let unique: Int64
    /// Events whose key was stored already.
    public let duplicate: Int64
    /// Events kept aside.
    public let dead: Int64

    /// The terms as the tables have them, whether or not the law holds.
    public init(received: Int64, unique: Int64, duplicate: Int64, dead: Int64) {
      self.received = received
      self.unique = unique
      self.duplicate = duplicate
      self.dead = dead
    }

    /// The sum that `received` should be.
    public var accounted: Int64 { unique + duplicate + dead }
  }

  /// What was found in the tables.
  public struct Findings: Hashable, Sendable {
    /// The sums of `counters`.
    public var counters: Counts
    /// The sums of `batches` and of what was pruned from it into `producers`.
    public var ledger: Counts
    /// Stored events that retention deleted since.
    public var expired: Int64
    /// Dead events that retention deleted since.
    public var expiredDead: Int64
    /// Rows of `events`.
    public var events: Int64
    /// Rows of `dead_events`.
    public var deadEvents: Int64
    /// Rows of `producers`.
    public var producers: Int64
    /// What is wrong with single producers, at most 100.
    public var producerViolations: [Violation]

    /// The findings of one snapshot.
    public init(
      counters: Counts, ledger: Counts, expired: Int64, expiredDead: Int64 = 0, events: Int64,
      deadEvents: Int64,
      producers: Int64,
      producerViolations: [Violation]
    ) {
      self.counters = counters
      self.ledger = ledger
      self.expired = expired
      self.expiredDead = expiredDead
      self.events = events
      self.deadEvents = deadEvents
      self.producers = producers
      self.producerViolations = producerViolations
    }
  }

  /// What was found.
  public let findings: Findings
  /// Everything that breaks the law, the whole before its parts; empty when it holds.
  public let violations: [Violation]

  /// Judges what was found.
  public init(_ findings: Findings) {
    self.findings = findings
    self.violations = Self.overall(findings) + findings.producerViolations
  }

  /// Whether nothing is missing and nothing is counted twice.
  public var holds: Bool { violations.isEmpty }

  private static func overall(_ found: Findings) -> [Violation] {
    let (counters, ledger) = (found.counters, found.ledger)
    let laws: [(Law, Int64, Int64)] = [
      (.countersBalance, counters.accounted, counters.received),
      (.ledgerReceived, counters.received, ledger.received),
      (.ledgerUnique, counters.unique, ledger.unique),
      (.ledgerDuplicate, counters.duplicate, ledger.duplicate),
      (.ledgerDead, counters.dead, ledger.dead),
      (.eventsStored, counters.unique - found.expired, found.events),
      (.deadEventsKept, counters.dead - found.expiredDead, found.deadEvents),
    ]
    return laws.filter { $0.1 != $0.2 }.map { Violation($0.0, expected: $0.1, found: $0.2) }
  }
}

extension AuditReport {
  /// One equation of the law. The raw value is its name in `/audit`.
  public enum Law: String, Hashable, Sendable, CaseIterable {
    /// `received = unique + duplicate + dead` in the counters.
    case countersBalance = "counters_balance"
    /// The ledger's received events are those of the counters.
    case ledgerReceived = "ledger_received"
    /// The ledger's unique events are those of the counters.
    case ledgerUnique = "ledger_unique"
    /// The ledger's duplicates are those of the counters.
    case ledgerDuplicate = "ledger_duplicate"
    /// The ledger's dead events are those of the counters.
    case ledgerDead = "ledger_dead"
    /// There are as many events as were counted unique, less those that retention deleted.
    case eventsStored = "events_stored"
    /// There are as many dead events as were counted, less those that retention deleted.
    case deadEventsKept = "dead_events_kept"
    /// `received = unique + duplicate + dead` for one producer.
    case producerBalance = "producer_balance"
    /// The events that a producer's batches in the ledger stored are those that they counted unique; fewer
    /// where retention deleted some.
    case producerStored = "producer_stored"
  }

  /// An equation whose sides differ.
  public struct Violation: Hashable, Sendable, CustomStringConvertible {
    /// Which one.
    public let law: Law
    /// The producer that it is about; nil when it is about all.
    public let producer: ProducerID?
    /// What should be there.
    public let expected: Int64
    /// What is there.
    public let found: Int64

    /// `found` instead of `expected`.
    public init(_ law: Law, producer: ProducerID? = nil, expected: Int64, found: Int64) {
      self.law = law
      self.producer = producer
      self.expected = expected
      self.found = found
    }

    /// One line for people.
    public var description: String {
      "\(law.rawValue)\(producer.map { " of \($0)" } ?? ""): \(found) instead of \(expected)"
    }
  }
}
