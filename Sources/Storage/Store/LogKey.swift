internal import Logging

/// The keys of this module's log lines.
enum LogKey: String {
  case writer = "writer.index"
  case way = "group.way"
  case batches = "group.batches"
  case events = "group.events"
  case unique = "group.unique"
  case duplicate = "group.duplicate"
  case dead = "group.dead"
  case milliseconds = "group.ms"
  case producer = "producer.id"
  case sequence = "batch.sequence"
  case position = "event.position"
  case verdict = "retry.verdict"
  case attempt = "retry.attempt"
  case suppressed = "log.suppressed"
  case prunedBatches = "pruned.batches"
  case forgottenProducers = "forgotten.producers"
  case expiredEvents = "expired.events"
  case expiredDeadEvents = "expired.dead"
  case state = "error.sqlstate"
  case error = "error.message"
  case version = "schema.version"
  case step = "schema.step"
  case payloadType = "payload.type"
}

extension Logger {
  /// Logs with keys of this module only, so that a misspelt one does not compile.
  func log(
    _ level: Logger.Level, _ message: @autoclosure () -> Logger.Message,
    _ values: @autoclosure () -> [LogKey: Logger.MetadataValue]
  ) {
    log(
      level: level, message(),
      metadata: Dictionary(uniqueKeysWithValues: values().map { ($0.key.rawValue, $0.value) }))
  }
}

/// Lets one of many equal log lines through in a while, and counts the others.
struct LogLimiter {
  private let interval: Duration
  private var last: ContinuousClock.Instant?
  private var suppressed = 0

  init(every interval: Duration) {
    self.interval = interval
  }

  /// How many lines were held back before this one; nil when this one is to be held back.
  mutating func pass(at now: ContinuousClock.Instant) -> Int? {
    if let last, last.duration(to: now) < interval {
      suppressed += 1
      return nil
    }
    defer { suppressed = 0 }
    last = now
    return suppressed
  }
}
