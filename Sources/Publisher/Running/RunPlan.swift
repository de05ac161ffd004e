import ClientLib

/// Parameters of a run, from valid arguments.
struct RunPlan: Sendable {
  /// Source of the events.
  enum Source: Sendable {
    case generator(EventGenerator, events: UInt64)
    /// Lines of a file, `-` for the standard input.
    case lines(path: String)
    /// Lines of files that grow.
    case follow(FollowPlan)
  }

  /// Acknowledgement that time and rate are measured to.
  enum Moment: String, Sendable {
    case accepted, committed
  }

  /// Handling of batches that cannot be sent yet.
  struct Buffering: Hashable, Sendable {
    /// Directory of the spools, one for each connection; nil for no spools.
    var directory: String?
    var bytes = 256 << 20
    var sync = Producer.Spool.Sync.interval(.seconds(1))
    var whenFull = Producer.Configuration.WhenFull.wait
    var timeToLive: Duration?
  }

  var source: Source
  /// The format of the lines; nil for the events of `POST /publish`.
  var format: FormatPlan?
  /// The treatment of lines that are not events.
  var badLines = BadLinePlan()
  var endpoints: [Endpoint]
  /// Whether each event goes to the server that its key names.
  var spreadsKeys = false
  /// Name of the producers, to which a number is added when there are several.
  var name = "sluice-publish"
  var connections: Int
  var batch: Int
  var rate: Double?
  var moment: Moment
  var producer: Producer.Identity?
  /// Key for the server; nil for servers that ask for none.
  var key: Producer.Key?
  /// Encryption of the connections; nil for none.
  var tls: Producer.TLS?
  /// Time to wait for a server that is starting.
  var timeout: Duration
  /// Whether all keys are new, so that the number of unique keys is known before the run.
  var hasFreshKeys: Bool
  var buffering = Buffering()
  /// Time that an interrupted run waits for commits.
  var stopWait = Duration.seconds(30)

  /// Configuration of a connection.
  func configuration(ofConnection number: Int) -> Producer.Configuration {
    var configuration = Producer.Configuration()
    configuration.name = connections == 1 ? name : "\(name) \(number + 1)/\(connections)"
    configuration.connectTimeout = timeout
    configuration.startOffline = false
    configuration.tls = tls
    configuration.spread = spreadsKeys ? .byKey : .none
    // The places that are published at once are spread unevenly, and must fit into one batch for each server.
    configuration.batchEvents = spreadsKeys ? batch + batch / 4 : batch
    configuration.batchBytes = 8 << 20
    configuration.outboxBatches = 256
    if let producer { configuration.identity = producer }
    configuration.key = key
    configuration.whenFull = buffering.whenFull
    configuration.timeToLive = buffering.timeToLive
    if let directory = buffering.directory {
      configuration.spool = Producer.Spool(
        directory: "\(directory)/\(number + 1)", bytes: buffering.bytes, sync: buffering.sync)
    }
    return configuration
  }
}

extension RunPlan {
  /// Endpoints of a connection. Those of connections that use one server start at different servers.
  func endpoints(ofConnection number: Int) -> [Endpoint] {
    spreadsKeys ? endpoints : endpoints.rotated(by: number)
  }

  /// Places of generated events that a connection publishes at once: a batch for each server that it uses.
  var placesAtOnce: UInt64 {
    UInt64(batch) * UInt64(spreadsKeys ? Set(endpoints).count : 1)
  }

  /// Whether the run ends only when it is stopped.
  var isFollowing: Bool {
    if case .follow = source { true } else { false }
  }

  /// Number of events that will be sent; nil when it is unknown.
  var events: UInt64? {
    if case .generator(_, let events) = source { events } else { nil }
  }
}
