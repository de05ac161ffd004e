import ClientLib

/// Everything that a run needs to know, after the arguments were checked.
struct RunPlan: Sendable {
  /// Where events come from.
  enum Source: Sendable {
    case generator(EventGenerator, events: UInt64)
    /// Lines of a file, `-` for the standard input. When strict, the first bad line ends the run.
    case lines(path: String, strict: Bool)
  }

  /// What the run waits for, and what its time is measured to.
  enum Moment: String, Sendable {
    case accepted, committed
  }

  /// What becomes of batches while they can not be sent.
  struct Keeping: Hashable, Sendable {
    /// Of the spools, one for each connection; nil for none.
    var directory: String?
    var bytes = 256 << 20
    var sync = Producer.Spool.Sync.interval(.seconds(1))
    var whenFull = Producer.Configuration.WhenFull.wait
    var timeToLive: Duration?
  }

  var source: Source
  var endpoints: [Endpoint]
  var connections: Int
  var batch: Int
  var rate: Double?
  var moment: Moment
  var producer: Producer.Identity?
  /// How long to wait for a server that is starting.
  var patience: Duration
  /// Whether all keys are this run's own, so that the number of unique ones is known beforehand.
  var hasFreshKeys: Bool
  var keeping = Keeping()

  /// How each connection is configured.
  func configuration(ofConnection number: Int) -> Producer.Configuration {
    var configuration = Producer.Configuration()
    configuration.name = "sluice-publish \(number + 1)/\(connections)"
    configuration.connectTimeout = patience
    configuration.batchEvents = batch
    configuration.batchBytes = 8 << 20
    configuration.outboxBatches = 256
    if let producer { configuration.identity = producer }
    configuration.whenFull = keeping.whenFull
    configuration.timeToLive = keeping.timeToLive
    if let directory = keeping.directory {
      configuration.spool = Producer.Spool(
        directory: "\(directory)/\(number + 1)", bytes: keeping.bytes, sync: keeping.sync)
    }
    return configuration
  }
}

extension RunPlan {
  /// How many events will be sent; nil when nobody knows.
  var events: UInt64? {
    if case .generator(_, let events) = source { events } else { nil }
  }
}
