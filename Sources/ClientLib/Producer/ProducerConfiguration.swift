internal import SocketIO
internal import WireProtocol

#if Metrics
  public import CoreMetrics
#endif
#if Tracing
  public import Tracing
#endif

extension Producer {
  /// Bounds and timeouts of a producer. The defaults suit a service that publishes single events.
  public struct Configuration: Sendable {
    /// Actions of `publish` when the outbox is full.
    public enum WhenFull: Hashable, Sendable {
      /// Waits until there is room.
      case wait
      /// Throws `outboxFull`.
      case fail
      /// Gives up the oldest batches, so that `publish` never waits. Their receipts throw `dropped`, and
      /// ``Statistics/dropped`` counts them. Batches that were sent and are not answered yet are given up
      /// last.
      case dropOldest
    }

    /// Uses of several endpoints.
    public enum Spread: Hashable, Sendable {
      /// One connection to one of the servers. The others are for when it ends.
      case none
      /// A connection to each server. Each event goes to the server that its key names, so that duplicates
      /// meet in the dedup cache of one server, also those of other producers.
      ///
      /// All producers of a database should name its servers by the same texts. Servers that go and come take
      /// over keys within seconds, and within a minute at most. The counts are exact in any case. Bounds of
      /// the outbox, of batches and of the spool hold for each server.
      case byKey
    }

    /// Identity of the producer. The default is a new random one, which is right without a spool. When keys
    /// are spread, it is the identity of the first connection, and each of the others has a random one.
    public var identity = Identity.random()
    /// Name of the producer in the server's list of producers. Longer names are cut to 255 bytes of UTF-8.
    public var name = "sluice-client"
    #if TLS
      /// Key that proves to the servers who publishes; nil, the default, for servers that ask for none. With
      /// a key the producer refuses every server that does not prove that it knows the key. The key is used
      /// over TLS and over loopback addresses alone.
      public var key: Key?
    #endif
    /// Use of several endpoints: one after the other by default. With `byKey` at most 64 different ones.
    public var spread = Spread.none
    /// Time for which `connect` tries all endpoints together. Then it throws `unreachable`. 10 s by
    /// default. Without effect on a producer that starts offline.
    public var connectTimeout = Duration.seconds(10)
    /// Whether `connect` also returns while no server answers: after the first failed attempt, and after 1 s at
    /// most. The producer tells ``Notice/Kind/startedOffline``, takes batches within the bounds of its outbox, and
    /// goes on to connect without a time limit. Nil, the default, is true with a spool and false without one.
    public var startOffline: Bool?
    /// Time that one attempt may take to connect to an endpoint, and again for the handshake.
    /// After it, the attempt fails and the next endpoint is tried. 5 s by default.
    public var attemptTimeout = Duration.seconds(5)
    /// Pause after the first round of failed attempts over all endpoints, 100 ms by default. It doubles
    /// with each round up to `longestPause`; the actual pause is drawn at random from the upper half.
    public var shortestPause = Duration.milliseconds(100)
    /// Longest pause between rounds of attempts, 10 s by default. A server may ask for a longer one.
    public var longestPause = Duration.seconds(10)
    /// Unsettled batches that the outbox holds at most, 1,024 by default. At the bound `whenFull` decides.
    public var outboxBatches = 1_024
    /// Bytes of unsettled batches, as compressed, that the outbox holds at most, 64 MiB by default. A
    /// single batch may be larger. At the bound `whenFull` decides.
    public var outboxBytes = 64 << 20
    /// Action of `publish` when the outbox or the spool is full; waits by default.
    public var whenFull = WhenFull.wait
    /// Time that a batch may wait, from `publish` on, until a server accepts it. After it, the batch is
    /// given up and its receipt throws `batchExpired`. Nil, the default, for no bound. Rounded up to
    /// milliseconds; a server is told at most 49 days.
    public var timeToLive: Duration?
    /// Directory that keeps unsettled batches when this process ends; nil, the default, keeps them in
    /// memory only. The identity stored in a spool takes precedence over `identity`.
    public var spool: Spool?
    /// Observer of the spool's file changes, for tests.
    var spoolWatch: FileWatch?
    /// Time that a single event waits for others to share its batch, 5 ms by default. Then the batch is
    /// sent.
    public var linger = Duration.milliseconds(5)
    /// Events that a batch of single events or of `makeBatch` holds at most, 1,000 by default. A full batch
    /// is sent at once. A lower limit of the server takes precedence.
    public var batchEvents = 1_000
    /// Bytes of columns before compression that such a batch holds at most, 1 MiB by default. A lower limit
    /// of the server takes precedence.
    public var batchBytes = 1 << 20
    /// Whether batches are compressed with LZ4. A batch that does not become shorter is sent uncompressed,
    /// and so is every batch for a server without LZ4.
    public var compresses = true
    #if TLS
      /// Encryption of the connections. Nil, the default, connects without TLS; otherwise a server without
      /// TLS is refused. The package's trait `TLS` adds this property.
      public var tls: TLS?
    #endif
    #if Metrics
      /// Makes the metrics of the producer; nil for none. By default the factory that `MetricsSystem` was
      /// bootstrapped with before this configuration was made. The package's trait `Metrics` adds this property.
      public var metrics: (any MetricsFactory)? = MetricsSystem.factory
    #endif
    #if Tracing
      /// Makes a span for each batch, from its publishing to its commit; nil for none. By default the tracer that
      /// `InstrumentationSystem` was bootstrapped with before this configuration was made. The server's log shows
      /// the span's context at level debug. The package's trait `Tracing` adds this property.
      public var tracer: (any Tracer)? = InstrumentationSystem.tracer
    #endif
    #if ServiceLifecycle
      /// Time that ``Producer/run()`` waits at most for commits in a graceful shutdown, 20 s by default. The
      /// package's trait `ServiceLifecycle` adds this property.
      public var closeTimeout = Duration.seconds(20)
    #endif
    /// Whether the gauges of the outbox show this producer.
    var showsOutbox = true
    /// Called for each ``Notice``, on a thread of the producer. It must return quickly, because the
    /// producer neither sends nor receives meanwhile.
    public var onNotice: (@Sendable (Notice) -> Void)?

    /// The default configuration.
    public init() {}

    /// Whether `connect` returns while no server answers.
    var startsOffline: Bool { startOffline ?? (spool != nil) }

    /// The first invalid value; nil when all are valid.
    var problem: ProducerError? {
      let bounds = [
        ("outboxBatches", outboxBatches), ("outboxBytes", outboxBytes), ("batchEvents", batchEvents),
        ("batchBytes", batchBytes),
      ]
      for (name, value) in bounds where value < 1 {
        return ProducerError(.invalidConfiguration, "\(name) is \(value); it must be at least 1")
      }
      let times = [
        ("connectTimeout", connectTimeout), ("attemptTimeout", attemptTimeout),
        ("shortestPause", shortestPause),
      ]
      for (name, value) in times where value <= .zero {
        return ProducerError(.invalidConfiguration, "\(name) is \(value); it must be above zero")
      }
      if let timeToLive, timeToLive <= .zero {
        return ProducerError(.invalidConfiguration, "timeToLive is \(timeToLive); it must be above zero")
      }
      if let problem = spool?.problem { return problem }
      guard linger >= .zero, longestPause >= shortestPause else {
        return ProducerError(
          .invalidConfiguration, "linger is below zero, or longestPause is below shortestPause; correct them")
      }
      return nil
    }
  }
}

extension Producer {
  /// Identity of a producer: a UUID (RFC 9562) that stays the same over reconnects. Two producers must not
  /// use one identity at the same time: the server keeps the newer connection and ends the older one, which
  /// then throws `superseded`.
  public struct Identity: Hashable, Sendable, CustomStringConvertible {
    let id: ProducerID

    init(_ id: ProducerID) {
      self.id = id
    }

    /// Returns a new random identity.
    public static func random() -> Identity {
      var generator = SystemRandomNumberGenerator()
      return Identity(ProducerID.random(using: &generator))
    }

    /// Reads the text form of 36 characters; nil when `text` is not a UUID.
    public init?(_ text: String) {
      guard let id = ProducerID(text) else { return nil }
      self.id = id
    }

    /// The text form of 36 characters.
    public var description: String { id.description }
  }
}

/// Address of a server's TCP listener: host and port.
public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
  let address: SocketEndpoint

  /// An endpoint from a host name or IP address (IPv6 without brackets) and a port.
  public init(host: String, port: UInt16 = 7171) {
    address = SocketEndpoint(host: host, port: port)
  }

  /// Reads `host:port`, `1.2.3.4:port` or `[IPv6]:port`; nil when `text` has another form.
  public init?(_ text: String) {
    // The reason is not needed, because the caller asked for nil.
    guard let address = try? SocketEndpoint(parsing: text) else { return nil }
    self.address = address
  }

  /// The text that `init(_:)` reads.
  public var description: String { address.description }
}
