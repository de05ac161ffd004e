public import Ingest

/// Everything that an operator can choose, as plain values: the daemon is wired from this and from
/// nothing else.
///
/// `DaemonSettings()` holds the defaults, which exist only here and in the limits' own `standard`
/// values; `SettingTable` gives each field its key, its type and its range. Values made by hand are
/// not checked: `SettingRules` does that for what was read.
public struct DaemonSettings: Sendable {
  /// Where producers connect.
  public var tcp = ListenAddress(host: "127.0.0.1", port: 7171)
  /// Where people and dashboards connect.
  public var http = ListenAddress(host: "127.0.0.1", port: 8080)
  /// What the HTTP side takes at a time.
  public var httpLimits = HTTPLimitSettings()
  /// The origins whose web pages may read the HTTP side's answers.
  public var origins: [String] = []
  /// The live tail.
  public var tail = LiveTailSettings()
  /// Which database, and how it is used.
  public var database = DatabaseSettings()
  /// The directory of the private embedded Postgres; unused with an external database.
  public var dataDirectory = "sluice-data"
  /// Worker threads that write, each with its own database connection.
  public var writers = 2
  /// How events reach their table.
  public var writerWay = WriterWay.auto
  /// Keys that the writers remember as stored; 0 for none.
  public var recentKeys = 1 << 20
  /// Threads that serve the sockets of producers.
  public var loops = 2
  /// What may wait between the sockets and the writers.
  public var queue = QueueLimits.standard
  /// What a writer commits in one transaction.
  public var group = GroupLimits.standard
  /// Bytes of bodies being received, of the queue and of the groups in the making, together.
  public var ingestMemory = 96 << 20
  /// How long the database keeps what.
  public var retention = RetentionSettings()
  /// What one producer may send.
  public var limits = LimitSettings()
  /// How long to wait for a peer.
  public var timeouts = TimeoutSettings()
  /// How long a shutdown may take to commit what was accepted.
  public var drain: Duration = .seconds(20)
  /// What is logged, and how.
  public var log = LogSettings()

  /// The defaults.
  public init() {}
}

/// A host and a port to listen on.
public struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
  /// A numeric address or a name.
  public var host: String
  /// The port, 0-65,535; 0 takes any free one.
  public var port: Int

  /// A pair of host and port.
  public init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// `host:port`.
  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
