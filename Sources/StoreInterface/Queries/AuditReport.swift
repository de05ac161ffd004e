public import WireProtocol

/// The conservation law with its terms, from one snapshot of the database: `received = unique + duplicate +
/// dead`, for each producer and overall, and the stored rows agree with the counters.
public struct AuditReport: Hashable, Sendable {
  /// The terms of the law.
  public struct Counts: Hashable, Sendable {
    /// Events of committed batches.
    public let received: Int64
    /// Events that such a batch stored.
    public let unique: Int64
    /// Events whose key was already stored.
    public let duplicate: Int64
    /// Dead-lettered events.
    public let dead: Int64

    /// Creates terms as read from the tables, whether or not the law holds.
    public init(received: Int64, unique: Int64, duplicate: Int64, dead: Int64) {
      self.received = received
      self.unique = unique
      self.duplicate = duplicate
      self.dead = dead
    }

    /// The number that `received` must equal.
    public var accounted: Int64 { unique + duplicate + dead }
  }

  /// The values read from the tables.
  public struct Findings: Hashable, Sendable {
    /// The sums of `counters`.
    public var counters: Counts
    /// The sums of `batches`, including the rows that were pruned into `producers`.
    public var ledger: Counts
    /// Stored events that retention deleted.
    public var expired: Int64
    /// Dead events that retention deleted.
    public var expiredDead: Int64
    /// Rows of `events`.
    public var events: Int64
    /// Rows of `dead_events`.
    public var deadEvents: Int64
    /// Rows of `producers`.
    public var producers: Int64
    /// Events that no span of their group contains; 0 without the index of spans.
    public var eventsOutsideSpans: Int64
    /// Violations for single producers, at most 100.
    public var producerViolations: [Violation]
    /// Events that were stored while the audit counted them; 0 where the audit reads one snapshot. There may be as many
    /// events more.
    public var storedMeanwhile: Int64 = 0
    /// Events that were deleted while the audit counted them; 0 where the audit reads one snapshot. There may be as many
    /// events fewer.
    public var expiredMeanwhile: Int64 = 0

    /// Creates the findings of one snapshot.
    public init(
      counters: Counts, ledger: Counts, expired: Int64, expiredDead: Int64 = 0, events: Int64,
      deadEvents: Int64,
      producers: Int64, eventsOutsideSpans: Int64 = 0,
      producerViolations: [Violation]
    ) {
      self.counters = counters
      self.ledger = ledger
      self.expired = expired
      self.expiredDead = expiredDead
      self.events = events
      self.deadEvents = deadEvents
      self.producers = producers
      self.eventsOutsideSpans = eventsOutsideSpans
      self.producerViolations = producerViolations
    }

    /// The number of rows that `events` must have: the number found, as long as transactions that were committed
    /// meanwhile explain it.
    var expectedEvents: Int64 {
      let exact = counters.unique - expired
      return min(max(events, exact - expiredMeanwhile), exact + storedMeanwhile)
    }
  }

  /// The values read from the tables.
  public let findings: Findings
  /// All violations, the overall ones first; empty when the law holds.
  public let violations: [Violation]

  /// Checks the findings against the law.
  public init(_ findings: Findings) {
    self.findings = findings
    self.violations = Self.overall(findings) + findings.producerViolations
  }

  /// Whether no event is missing and none is counted twice.
  public var holds: Bool { violations.isEmpty }

  private static func overall(_ found: Findings) -> [Violation] {
    let (counters, ledger) = (found.counters, found.ledger)
    let laws: [(Law, Int64, Int64)] = [
      (.countersBalance, counters.accounted, counters.received),
      (.ledgerReceived, counters.received, ledger.received),
      (.ledgerUnique, counters.unique, ledger.unique),
      (.ledgerDuplicate, counters.duplicate, ledger.duplicate),
      (.ledgerDead, counters.dead, ledger.dead),
      (.eventsStored, found.expectedEvents, found.events),
      (.deadEventsKept, counters.dead - found.expiredDead, found.deadEvents),
      (.eventsInSpans, 0, found.eventsOutsideSpans),
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
    /// The rows of `events` equal the unique events minus those that retention deleted.
    case eventsStored = "events_stored"
    /// The rows of `dead_events` equal the dead events minus those that retention deleted.
    case deadEventsKept = "dead_events_kept"
    /// No event is outside the spans of its group, if there is an index of spans. `found` is the number of
    /// events outside.
    case eventsInSpans = "events_in_spans"
    /// `received = unique + duplicate + dead` for one producer.
    case producerBalance = "producer_balance"
    /// The events stored by a producer's batches in the ledger equal their unique events; fewer are allowed
    /// when retention deleted some.
    case producerStored = "producer_stored"
  }

  /// An equation whose sides differ.
  public struct Violation: Hashable, Sendable, CustomStringConvertible {
    /// The equation.
    public let law: Law
    /// The producer; nil for an equation about all events.
    public let producer: ProducerID?
    /// The value that the law requires.
    public let expected: Int64
    /// The value in the tables.
    public let found: Int64

    /// Creates a violation.
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
