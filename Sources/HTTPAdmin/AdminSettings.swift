package import EventMapping

/// The address and the bounds of the HTTP server.
public struct AdminSettings: Sendable {
  /// The address to listen on; loopback unless configured otherwise.
  public var host: String
  /// The port to listen on; 0 for any free port.
  public var port: Int
  /// The version that `GET /`, `/stats` and `/health` show.
  public var version: String
  /// Maximum number of open connections. At the maximum, a new connection replaces the oldest idle one.
  public var connections: Int
  /// Maximum size of a request's header in bytes; a larger header is answered with 431.
  public var headerBytes: Int
  /// Maximum size of a request's body in bytes, as it is sent and as it is expanded; a larger body is answered with
  /// 413.
  public var bodyBytes: Int
  /// Maximum bytes of all bodies that are being received or expanded. Above it connections are not read, and bodies
  /// not expanded, until bytes are released, for at most 5 s; then the request is answered with 503.
  public var bodyMemory: Int
  /// Maximum bytes of all pages that are read from the store and not sent yet; requests above it get a 503.
  public var pageMemory: Int
  /// Time for a request to arrive completely, and time for the client to take part of an answer. After it the
  /// connection is closed.
  public var requestTime: Duration
  /// Time for the first request, for a header to arrive, and for the next byte of a body. After it the
  /// request is answered with 408, or the connection is closed if no request has begun.
  public var receiveTime: Duration
  /// Time that a connection may be idle between two requests before it is closed.
  public var idleTime: Duration

  /// The bounds of the live tail.
  public var tail = TailSettings()

  /// The origins whose pages may read answers in a browser, in the form of the `Origin` field.
  public var origins: Set<String> = []

  /// The names by which the server may be called, besides loopback names and its address; empty for these alone.
  public var hosts: [String] = []

  /// Whether `/publish` stores the good events of a request and records the bad ones, unless the request says
  /// otherwise.
  public var publishesPartially = false

  /// The mappings that requests to `/insert/jsonline` may name, each with all that a mapping needs.
  package var mappings: [String: MappingText] = [:]

  /// The choices for clients of older aggregators.
  public var compatibility = CompatibilitySettings()

  /// TLS; nil for a server that speaks none.
  public var encryption: HTTPEncryption?

  /// Whether all connections use TLS, so that keys may come from other machines.
  public var isEncrypted: Bool {
    get { hasEncryption || encryption != nil }
    set { hasEncryption = newValue }
  }

  private var hasEncryption = false

  /// Creates settings with the defaults of `spec/configuration.md`.
  public init(
    host: String = "127.0.0.1", port: Int = 8080, version: String, connections: Int = 1000,
    headerBytes: Int = 16 << 10, bodyBytes: Int = 16 << 20, bodyMemory: Int = 64 << 20,
    pageMemory: Int = 64 << 20, requestTime: Duration = .seconds(30),
    receiveTime: Duration = .seconds(10), idleTime: Duration = .seconds(75)
  ) {
    self.host = host
    self.port = port
    self.version = version
    self.connections = connections
    self.headerBytes = headerBytes
    self.bodyBytes = bodyBytes
    self.bodyMemory = bodyMemory
    self.pageMemory = pageMemory
    self.requestTime = requestTime
    self.receiveTime = receiveTime
    self.idleTime = idleTime
  }
}

/// Choices for clients that were written for older aggregators and cannot be changed.
public struct CompatibilitySettings: Hashable, Sendable {
  /// Whether `GET /events` answers with a bare array unless `format` says otherwise.
  public var hasBareArrays: Bool
  /// Whether publishing requests are answered with 202 instead of 200 after the commit.
  public var answersAccepted: Bool

  /// Creates settings with the defaults of `spec/configuration.md`.
  public init(hasBareArrays: Bool = false, answersAccepted: Bool = false) {
    self.hasBareArrays = hasBareArrays
    self.answersAccepted = answersAccepted
  }
}

/// Settings of the live tail.
public struct TailSettings: Hashable, Sendable {
  /// Interval between two readings of the database, which serve all subscribers.
  public var poll: Duration
  /// Maximum number of subscribers; further ones are answered with 503.
  public var subscribers: Int
  /// Maximum bytes of events that wait for one subscriber.
  public var bufferBytes: Int
  /// Time that other subscribers wait for one whose buffer is full. After it that subscriber is disconnected.
  public var timeout: Duration
  /// Time without events after which a subscriber receives a comment.
  public var heartbeat: Duration
  /// Maximum age of a position to continue from; the ledger may lack batches since an older one.
  public var oldest: Duration

  /// Creates settings with the defaults of `spec/configuration.md`.
  public init(
    poll: Duration = .milliseconds(250), subscribers: Int = 32, bufferBytes: Int = 1 << 20,
    timeout: Duration = .seconds(1), heartbeat: Duration = .seconds(15), oldest: Duration = .seconds(1_800)
  ) {
    self.poll = poll
    self.subscribers = subscribers
    self.bufferBytes = bufferBytes
    self.timeout = timeout
    self.heartbeat = heartbeat
    self.oldest = oldest
  }
}
