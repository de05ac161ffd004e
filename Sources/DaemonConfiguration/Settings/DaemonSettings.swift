package import EventMapping
public import Ingest
public import Logging
public import StoreInterface

/// Everything that an operator can choose, as plain values. The daemon is wired from these settings and from
/// no other source.
///
/// `DaemonSettings()` holds the defaults, which are defined only here and in the `standard` values of the
/// limits. `SettingTable` gives each field its key, its type and its range. Values made in code are not
/// checked; `SettingRules` checks values that were read.
public struct DaemonSettings: Sendable {
  /// The address on which the server accepts connections of producers.
  public var tcp = ListenAddress(host: "127.0.0.1", port: 7171)
  /// The address of the HTTP server, for people and dashboards.
  public var http = ListenAddress(host: "127.0.0.1", port: 8080)
  /// Encryption of the connections of producers and of the HTTP server.
  public var tls = TLSSettings()
  /// The limits of the HTTP server.
  public var httpLimits = HTTPLimitSettings()
  /// The origins whose web pages may read the HTTP server's responses.
  public var origins: [String] = []
  /// The names by which browsers and programs may call the HTTP server, besides loopback names; empty for the
  /// names that follow from its address.
  public var httpHosts: [String] = []
  /// Whether `/publish` stores the good events of a request and records the bad ones as dead events.
  public var publishesPartially = false
  /// The mappings of `POST /insert/jsonline` by their names.
  package var mappings: [String: MappingText] = [:]
  /// The credentials file; nil when everybody who reaches the server may use it.
  public var credentials: String?
  /// Whether a principal becomes the owner of a producer without an owner.
  public var adoptsProducers = false
  /// Whether a server without credentials may listen beyond loopback addresses.
  public var isInsecurelyOpen = false
  /// The live tail.
  public var tail = LiveTailSettings()
  /// The choice and the use of the database.
  public var database = DatabaseSettings()
  /// The directory of the private embedded Postgres. Unused with an external database.
  public var dataDirectory = "sluice-data"
  /// The number of writer threads, each with its own database connection.
  public var writers = 2
  /// The commit strategy, by which events reach their table.
  public var commitStrategy = CommitStrategySetting.auto
  /// The number of stored keys that the dedup cache remembers; 0 turns the cache off.
  public var recentKeys = 1 << 20
  /// The number of threads that serve the sockets of producers.
  public var loops = 2
  /// The bounds of the queue between the sockets and the writers.
  public var queue = QueueLimits.standard
  /// The bounds of the group that a writer commits in one transaction.
  public var group = GroupLimits.standard
  /// Bytes of the queue, of groups that are being formed and of batches on their way to the queue, together.
  public var ingestMemory = 96 << 20
  /// Bytes that all connections of producers may hold because of their peers' behaviour.
  public var ingestBuffers = 32 << 20
  /// The retention times of the database.
  public var retention = RetentionSettings()
  /// The limits of one producer.
  public var limits = LimitSettings()
  /// The timeouts of producers' connections.
  public var timeouts = TimeoutSettings()
  /// The time that a shutdown may take to commit the accepted batches.
  public var drain: Duration = .seconds(20)
  /// The level and the format of the log.
  public var log = LogSettings()
  /// Whether the JSON line of the start is printed on a terminal, too, in place of the text for people.
  public var alwaysPrintsReadyLine = false

  /// The default settings.
  public init() {}
}

/// A host and a port to listen on.
public struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
  /// A numeric address or a name.
  public var host: String
  /// The port, 0-65,535; 0 takes any free port.
  public var port: Int

  /// A pair of host and port.
  public init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// The text `host:port`, with an IPv6 address in brackets.
  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// The choice and the use of the database.
public struct DatabaseSettings: Sendable {
  /// A libpq connection string or URI (Postgres manual, "Connection Strings"); nil when the daemon runs its
  /// own private Postgres. Must never be logged, because it may hold a password.
  public var url: String?
  /// The schema that holds all tables.
  public var schema = "sluice"
  /// The isolation level of the writers' transactions.
  public var isolation = TransactionIsolation.readCommitted
  /// The column type of payloads, which is fixed when the schema is made.
  public var payloadType = PayloadType.json
  /// The index for queries by topic and time, which is made or dropped when the daemon starts.
  public var eventIndex = EventIndex.spans
  /// The tables that Citus distributes, which `sluiced migrate` makes and a server checks; nil when either is good.
  public var citus: CitusTables?

  /// Whether duplicates are compared with the event that is stored under their key.
  public var detectsConflicts = false

  /// The default settings: a private embedded Postgres.
  public init() {}
}

/// The limits of the HTTP server.
public struct HTTPLimitSettings: Sendable {
  /// Simultaneous connections. When one more arrives, the oldest connection without an open request is
  /// closed.
  public var connections = 1_000
  /// The most bytes of a request's body, as it is sent and as it is expanded.
  public var bodyBytes = 16 << 20
  /// The most bytes of all bodies that are being received or expanded.
  public var bodyMemory = 64 << 20
  /// The most payload bytes of a page of events.
  public var pageBytes = 8 << 20
  /// The most bytes of all pages that were read and are not sent yet.
  public var pageMemory = 64 << 20
  /// The time after which a search gives what it has found.
  public var searchBudget: Duration = .milliseconds(250)
  /// Connections to the database for searches.
  public var searchConnections = 2
  /// The time within which a connection must send its first request, a header must arrive, and a body must
  /// make progress.
  public var receive: Duration = .seconds(10)
  /// The time that a connection may wait for its next request.
  public var idle: Duration = .seconds(75)
  /// Whether `GET /events` answers with a bare array by default.
  public var hasBareArrays = false
  /// Whether publishing requests are answered with 202 after the commit.
  public var answersAccepted = false

  /// The default limits.
  public init() {}
}

/// The settings of the live tail.
public struct LiveTailSettings: Sendable {
  /// The pause between two polls of the database while there are subscribers.
  public var poll: Duration = .milliseconds(250)
  /// Simultaneous subscribers.
  public var subscribers = 32
  /// Bytes of events that may wait for one subscriber.
  public var buffer = 1 << 20

  /// The default settings.
  public init() {}
}

/// The retention times of the database.
public struct RetentionSettings: Sendable {
  /// The time within which a batch that is sent again gets the counts of its first commit.
  public var ledger: Duration = .seconds(3_600)
  /// The time without contact after which a producer is forgotten.
  public var producers: Duration = .seconds(30 * 86_400)
  /// The time after which a stored event is deleted; nil keeps events for ever.
  public var events: Duration?
  /// The time after which a dead-lettered event is deleted; nil keeps dead events for ever.
  public var deadEvents: Duration?

  /// The default times: all events are kept.
  public init() {}
}

/// The level and the format of the log, which is written to standard error.
public struct LogSettings: Sendable {
  /// The lowest level that is written.
  public var level = Logger.Level.info
  /// Text for people, or one JSON object per line for machines.
  public var format = LogFormat.text

  /// The default settings.
  public init() {}
}

/// The form of a log line.
public enum LogFormat: String, CaseIterable, Sendable {
  /// Text for people.
  case text
  /// One JSON object per line.
  case json
}
