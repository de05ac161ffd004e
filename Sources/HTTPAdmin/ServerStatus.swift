public import Ingest

/// The state of this process at one moment. The HTTP server shows it, and uses it only for `/health`,
/// `/readyz` and metrics.
public struct ServerStatus: Sendable {
  /// A phase in the life of the process.
  public enum Phase: String, Sendable {
    /// Migrations are not finished.
    case starting
    /// The server accepts events.
    case serving
    /// The server accepts no more events and finishes those it has.
    case draining
  }

  /// The phase of the process.
  public var phase: Phase
  /// The current wall-clock time in microseconds since 1970.
  public var now: Int64
  /// The start of the process in microseconds since 1970.
  public var startedAt: Int64
  /// Time since the start, by the monotonic clock.
  public var uptime: Duration
  /// Time at which the database became unavailable, in microseconds since 1970; nil while it is available.
  public var storeUnavailableSince: Int64?
  /// The problems that keep batches from being committed, the oldest first.
  public var problems: [ProblemFigures]
  /// Time for which the oldest event that retention found is overdue for deletion; zero when none is left.
  public var retentionOverdue: Duration
  /// Rate of events accepted into the queue.
  public var accepted: EventRates
  /// Rate of committed events.
  public var committed: EventRates
  /// Time from a batch's last byte to its acceptance; nil before the first batch.
  public var acceptLatency: LatencyFigures?
  /// Time from acceptance to commit; nil before the first batch.
  public var commitLatency: LatencyFigures?
  /// The queue of batches.
  public var queue: QueueFigures
  /// The writers.
  public var writers: WriterFigures
  /// The memory of the process.
  public var memory: MemoryFigures
  /// Number of open ingest connections.
  public var connections: Int
  /// The counters since the process started.
  public var activity: ActivitySnapshot
  /// The distribution of the acceptance times, which `acceptLatency` summarises.
  public var acceptHistogram: LatencySnapshot
  /// The distribution of the commit times, which `commitLatency` summarises.
  public var commitHistogram: LatencySnapshot
  /// Whether duplicates are compared with the stored events (`conflicts.detect`). Conflicts are counted only
  /// then.
  public var detectsConflicts = true

  /// The encryption of producers' connections.
  public var tls = TLSFigures()

  /// Creates a snapshot. Omitted figures are zero or unknown.
  public init(
    phase: Phase, now: Int64, startedAt: Int64, uptime: Duration, storeUnavailableSince: Int64? = nil,
    problems: [ProblemFigures] = [], retentionOverdue: Duration = .zero,
    accepted: EventRates = EventRates(), committed: EventRates = EventRates(),
    acceptLatency: LatencyFigures? = nil, commitLatency: LatencyFigures? = nil, queue: QueueFigures,
    writers: WriterFigures, memory: MemoryFigures = MemoryFigures(), connections: Int,
    activity: ActivitySnapshot = ActivitySnapshot(),
    acceptHistogram: LatencySnapshot = LatencySnapshot(), commitHistogram: LatencySnapshot = LatencySnapshot()
  ) {
    self.phase = phase
    self.now = now
    self.startedAt = startedAt
    self.uptime = uptime
    self.storeUnavailableSince = storeUnavailableSince
    self.problems = problems
    self.retentionOverdue = retentionOverdue
    self.accepted = accepted
    self.committed = committed
    self.acceptLatency = acceptLatency
    self.commitLatency = commitLatency
    self.queue = queue
    self.writers = writers
    self.memory = memory
    self.connections = connections
    self.activity = activity
    self.acceptHistogram = acceptHistogram
    self.commitHistogram = commitHistogram
  }
}

/// Figures about TLS since the start.
public struct TLSFigures: Hashable, Sendable {
  /// Handshakes of producers that were completed.
  public var completedHandshakes: Int
  /// Handshakes of producers that failed.
  public var failedHandshakes: Int
  /// The time that the handshakes of producers used processors.
  public var processorTime: Duration
  /// The end of the server's certificate in seconds since 1970; nil without TLS.
  public var certificateEnd: Int64?
  /// The handshakes of the HTTP port.
  public var http = HTTPEncryption.Counts()

  /// Creates figures; without arguments, those of a server without TLS.
  public init(
    completedHandshakes: Int = 0, failedHandshakes: Int = 0, processorTime: Duration = .zero,
    certificateEnd: Int64? = nil
  ) {
    self.completedHandshakes = completedHandshakes
    self.failedHandshakes = failedHandshakes
    self.processorTime = processorTime
    self.certificateEnd = certificateEnd
  }
}

/// A problem that keeps batches from being committed.
public struct ProblemFigures: Hashable, Sendable {
  /// The component that reports it, such as "writer 0".
  public var component: String
  /// The kind of problem.
  public var kind: HealthProblem.Kind
  /// One line for people.
  public var reason: String
  /// Beginning in microseconds since 1970.
  public var since: Int64
  /// Duration by the monotonic clock.
  public var lasted: Duration

  /// Creates a problem of `component`.
  public init(
    component: String, kind: HealthProblem.Kind, reason: String, since: Int64, lasted: Duration
  ) {
    self.component = component
    self.kind = kind
    self.reason = reason
    self.since = since
    self.lasted = lasted
  }
}

/// Averages of events per second.
public struct EventRates: Hashable, Sendable {
  /// Average of the last second.
  public var over1s: Double
  /// Average of the last 10 s.
  public var over10s: Double
  /// Average of the last 60 s.
  public var over60s: Double

  /// Creates averages; zero by default.
  public init(over1s: Double = 0, over10s: Double = 0, over60s: Double = 0) {
    self.over1s = over1s
    self.over10s = over10s
    self.over60s = over60s
  }
}

/// Percentiles of the times of batches.
public struct LatencyFigures: Hashable, Sendable {
  /// Time that half of the batches did not exceed. Like `p95` and `p99`, it is the upper bound of a range of times,
  /// but at most `max`.
  public var p50: Duration
  /// Time that 95% of the batches did not exceed.
  public var p95: Duration
  /// Time that 99% of the batches did not exceed.
  public var p99: Duration
  /// The longest time.
  public var max: Duration

  /// Creates the percentiles of one distribution.
  public init(p50: Duration, p95: Duration, p99: Duration, max: Duration) {
    self.p50 = min(p50, max)
    self.p95 = min(p95, max)
    self.p99 = min(p99, max)
    self.max = max
  }
}

/// The depth of the queue.
public struct QueueFigures: Hashable, Sendable {
  /// Number of waiting batches.
  public var batches: Int
  /// Their raw bytes.
  public var bytes: Int
  /// Maximum raw bytes that may wait.
  public var limitBytes: Int
  /// Maximum number of batches that may wait.
  public var limitBatches: Int
  /// Time that the oldest batch has waited; nil when none waits.
  public var oldest: Duration?

  /// Whether the queue takes no further batch.
  public var isFull: Bool { bytes >= limitBytes || batches >= limitBatches }

  /// Creates the depth of a queue.
  public init(batches: Int, bytes: Int, limitBytes: Int, limitBatches: Int, oldest: Duration? = nil) {
    self.batches = batches
    self.bytes = bytes
    self.limitBytes = limitBytes
    self.limitBatches = limitBatches
    self.oldest = oldest
  }
}

/// The activity of the writers.
public struct WriterFigures: Hashable, Sendable {
  /// Number of writers.
  public var count: Int
  /// Number of writers in a transaction.
  public var busy: Int

  /// Creates the activity of `count` writers.
  public init(count: Int, busy: Int) {
    self.count = count
    self.busy = busy
  }
}

/// The memory of a process.
public struct MemoryFigures: Hashable, Sendable {
  /// Resident bytes; nil when the system does not report them.
  public var resident: Int?
  /// Bytes reserved for batches, at most `ingestLimit` (more only for one batch that is larger alone).
  public var ingest: Int
  /// Maximum bytes for batches.
  public var ingestLimit: Int

  /// Creates figures. Omitted ones are zero or unknown.
  public init(resident: Int? = nil, ingest: Int = 0, ingestLimit: Int = 0) {
    self.resident = resident
    self.ingest = ingest
    self.ingestLimit = ingestLimit
  }
}

/// The current activity of a producer on one server.
public struct ProducerActivity: Hashable, Sendable {
  /// Number of its connections to this server.
  public var connections: Int
  /// Batches that this server accepted and has not settled.
  public var unsettled: QueueDepth

  /// Creates the activity; by default without connections and unsettled batches.
  public init(connections: Int = 0, unsettled: QueueDepth = QueueDepth(batches: 0, bytes: 0)) {
    self.connections = connections
    self.unsettled = unsettled
  }
}
