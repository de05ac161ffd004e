/// The bounds and the address of the HTTP side.
public struct AdminSettings: Sendable {
  /// The address to listen on; loopback unless configured otherwise.
  public var host: String
  /// The port to listen on; 0 for any.
  public var port: Int
  /// The version that `GET /`, `/stats` and `/health` tell.
  public var version: String
  /// Connections at a time; more wait in the listener's backlog.
  public var connections: Int
  /// Bytes of a request's header fields, all together.
  public var headerBytes: Int
  /// Bytes of a request's body.
  public var bodyBytes: Int
  /// Bytes of all bodies that are being received.
  public var bodyMemory: Int
  /// Bytes of all pages that were read and are not sent yet.
  public var pageMemory: Int
  /// How long a request may take to arrive, and an answer to be taken by the client without progress.
  public var requestTime: Duration
  /// How long a connection may be silent between requests.
  public var idleTime: Duration

  /// The bounds of the live tail.
  public var tail = TailSettings()

  /// The origins whose pages may read answers in a browser, as browsers write them.
  public var origins: Set<String> = []

  /// The settings of `spec/configuration.md`, with their defaults.
  public init(
    host: String = "127.0.0.1", port: Int = 8080, version: String, connections: Int = 1000,
    headerBytes: Int = 16 << 10, bodyBytes: Int = 8 << 20, bodyMemory: Int = 32 << 20,
    pageMemory: Int = 64 << 20, requestTime: Duration = .seconds(30),
    idleTime: Duration = .seconds(60)
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
    self.idleTime = idleTime
  }
}
