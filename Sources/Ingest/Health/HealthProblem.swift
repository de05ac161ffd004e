/// A problem that keeps batches from being committed, as one component reports it.
public struct HealthProblem: Hashable, Sendable {
  /// The kinds of problems. The raw value is a label of a metric and a member of `/health`.
  public enum Kind: String, CaseIterable, Sendable {
    /// The database cannot be reached.
    case unreachable
    /// The database answers, but refuses for a reason outside the events: a full disk, a missing privilege.
    case refusing
    /// A writer waits for a lock of another transaction.
    case blocked
    /// Other transactions interfere: deadlocks, serialization failures.
    case contended
    /// Statements are cancelled because they exceed their timeout.
    case cancelled
    /// One batch or event is refused repeatedly while others are committed.
    case rejected
    /// Connections that send slowly hold the memory for batches.
    case memory
    /// Batches wait and none is committed, but no component reports a problem.
    case stalled
    /// Batches are committed, but the oldest one has waited too long.
    case behind
    /// Events are kept much longer than their maximum age.
    case retention

    /// Whether `/health` answers 503, because nothing is committed or the database needs an operator. For the
    /// other kinds it answers 200 and shows the problem.
    public var isFailure: Bool {
      switch self {
      case .unreachable, .refusing, .blocked, .contended, .cancelled, .stalled: true
      case .rejected, .memory, .behind, .retention: false
      }
    }
  }

  /// The component that reports the problem, such as "writer 0". Each component has at most one problem.
  public let component: String
  /// The kind of problem.
  public let kind: Kind
  /// One line for people, without data of events.
  public let reason: String
  /// Time of the component's first report since its last problem ended.
  public let since: ContinuousClock.Instant

  /// Creates a problem that began at `since`. Only the first line of `reason` is kept, up to 300 characters.
  public init(component: String, kind: Kind, reason: String, since: ContinuousClock.Instant) {
    self.component = component
    self.kind = kind
    let line = reason.split(whereSeparator: \.isNewline).first ?? ""
    self.reason = String(line.prefix(300).filter { !$0.isASCII || $0.asciiValue.map { $0 >= 32 } ?? true })
    self.since = since
  }
}

/// The problems at one moment.
public struct HealthReport: Hashable, Sendable {
  /// The problems that lasted for at least the threshold, the oldest first.
  public var problems: [HealthProblem]
  /// Acceptance time of the oldest batch that is not settled; nil when all are settled.
  public var oldestBatch: ContinuousClock.Instant?

  /// Creates a report.
  public init(problems: [HealthProblem] = [], oldestBatch: ContinuousClock.Instant? = nil) {
    self.problems = problems
    self.oldestBatch = oldestBatch
  }

  /// Whether one of the problems is a failure.
  public var isFailure: Bool { problems.contains(where: \.kind.isFailure) }
}
