public import Ingest

/// What this process knows about itself at one moment; the HTTP side shows it and decides nothing by it
/// but its own readiness.
public struct ServerStatus: Sendable {
  /// Where the process is in its life.
  public enum Phase: String, Sendable {
    /// Migrations are not done yet.
    case starting
    /// At work.
    case serving
    /// Finishing what it accepted, before it ends.
    case draining
  }

  /// Where the process is in its life.
  public var phase: Phase
  /// The wall clock's time, in microseconds since 1970.
  public var now: Int64
  /// When the process started, in microseconds since 1970.
  public var startedAt: Int64
  /// How long it has run, by the monotonic clock.
  public var uptime: Duration
  /// Since when the database can not be reached, in microseconds since 1970; nil while it can.
  public var storeAwaySince: Int64?
  /// Events accepted into the queue.
  public var accepted: EventRates
  /// Events committed.
  public var committed: EventRates
  /// From a batch's last byte to its acceptance; nil before the first one.
  public var acceptLatency: LatencyFigures?
  /// From acceptance to commit; nil before the first one.
  public var commitLatency: LatencyFigures?
  /// The queue between sockets and writers.
  public var queue: QueueFigures
  /// The writers.
  public var writers: WriterFigures
  /// What the process takes of memory.
  public var memory: MemoryFigures
  /// Open ingest connections.
  public var connections: Int
  /// What was counted since the process started.
  public var activity: ActivitySnapshot
  /// The distribution behind `acceptLatency`.
  public var acceptHistogram: LatencySnapshot
  /// The distribution behind `commitLatency`.
  public var commitHistogram: LatencySnapshot

  /// A snapshot; what is left out is zero or unknown.
  public init(
    phase: Phase, now: Int64, startedAt: Int64, uptime: Duration, storeAwaySince: Int64? = nil,
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
    self.storeAwaySince = storeAwaySince
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

/// Events per second, averaged over the last seconds.
public struct EventRates: Hashable, Sendable {
  /// Over 1 s.
  public var over1s: Double
  /// Over 10 s.
  public var over10s: Double
  /// Over 60 s.
  public var over60s: Double

  /// Averages; zero where nothing happened.
  public init(over1s: Double = 0, over10s: Double = 0, over60s: Double = 0) {
    self.over1s = over1s
    self.over10s = over10s
    self.over60s = over60s
  }
}

/// How long batches took.
public struct LatencyFigures: Hashable, Sendable {
  /// Half of them took no longer.
  public var p50: Duration
  /// 95 of 100 took no longer.
  public var p95: Duration
  /// 99 of 100 took no longer.
  public var p99: Duration
  /// None took longer.
  public var max: Duration

  /// Percentiles of one distribution.
  public init(p50: Duration, p95: Duration, p99: Duration, max: Duration) {
    self.p50 = p50
    self.p95 = p95
    self.p99 = p99
    self.max = max
  }
}

/// What waits for the writers.
public struct QueueFigures: Hashable, Sendable {
  /// Waiting batches.
  public var batches: Int
  /// Their raw bytes.
  public var bytes: Int
  /// How many raw bytes may wait.
  public var limitBytes: Int
  /// How long the oldest has waited; nil when nothing waits.
  public var oldest: Duration?

  /// The depth of a queue.
  public init(batches: Int, bytes: Int, limitBytes: Int, oldest: Duration? = nil) {
    self.batches = batches
    self.bytes = bytes
    self.limitBytes = limitBytes
    self.oldest = oldest
  }
}

/// What the writers do.
public struct WriterFigures: Hashable, Sendable {
  /// How many there are.
  public var count: Int
  /// How many are in a transaction now.
  public var busy: Int

  /// The state of `count` writers.
  public init(count: Int, busy: Int) {
    self.count = count
    self.busy = busy
  }
}

/// What a process takes of memory.
public struct MemoryFigures: Hashable, Sendable {
  /// Bytes that are in RAM; nil where the system does not tell.
  public var resident: Int?
  /// Bytes reserved for batches, of `ingestLimit`.
  public var ingest: Int
  /// How many bytes batches may take.
  public var ingestLimit: Int

  /// Figures; what is left out is zero or unknown.
  public init(resident: Int? = nil, ingest: Int = 0, ingestLimit: Int = 0) {
    self.resident = resident
    self.ingest = ingest
    self.ingestLimit = ingestLimit
  }
}
