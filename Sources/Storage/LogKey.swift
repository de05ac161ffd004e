internal import Logging

/// Keys of this module's log lines.
enum LogKey: String {
  case writer = "writer.index"
  case strategy = "group.strategy"
  case batches = "group.batches"
  case events = "group.events"
  case unique = "group.unique"
  case duplicate = "group.duplicate"
  case dead = "group.dead"
  case milliseconds = "group.ms"
  case producer = "producer.id"
  case sequence = "batch.sequence"
  case position = "event.position"
  case decision = "retry.decision"
  case attempt = "retry.attempt"
  case change = "database.change"
  case suppressed = "log.suppressed"
  case prunedBatches = "pruned.batches"
  case forgottenProducers = "forgotten.producers"
  case expiredEvents = "expired.events"
  case expiredDeadEvents = "expired.dead"
  case returnedEvents = "returned.events"
  case state = "error.sqlstate"
  case error = "error.message"
  case holders = "lock.holders"
  case version = "schema.version"
  case step = "schema.step"
  case payloadType = "payload.type"
  case database = "database.target"
  case interval = "interval.ms"
}

extension Logger {
  /// Logs with keys of this module only, so that a misspelt key does not compile.
  func log(
    _ level: Logger.Level, _ message: @autoclosure () -> Logger.Message,
    _ values: @autoclosure () -> [LogKey: Logger.MetadataValue]
  ) {
    log(
      level: level, message(),
      metadata: Dictionary(uniqueKeysWithValues: values().map { ($0.key.rawValue, $0.value) }))
  }
}
