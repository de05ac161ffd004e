/// A line of Postgres's configuration, with its reason.
public struct ServerSetting: Hashable, Sendable {
  /// The name of the parameter
  /// (https://www.postgresql.org/docs/current/runtime-config.html).
  public let name: String
  /// The value of the parameter, without quotes.
  public let value: String
  /// The reason why the value differs from Postgres's default.
  public let reason: String

  /// A setting of `name` to `value` because of `reason`.
  public init(_ name: String, _ value: String, _ reason: String) {
    precondition(!name.isEmpty && !reason.contains("\n"), "a setting has a name and one line of comment")
    self.name = name
    self.value = value
    self.reason = reason
  }

  /// All settings in which the embedded server differs from Postgres's defaults. None reduces durability:
  /// `fsync`, `synchronous_commit` and `full_page_writes` keep their defaults.
  static let embedded: [ServerSetting] = [
    ServerSetting("listen_addresses", "", "no TCP: the server is this daemon's own"),
    ServerSetting("port", "5432", "names the socket, whatever the environment says"),
    ServerSetting("unix_socket_permissions", "0700", "only the server's account and root may connect"),
    ServerSetting("shared_buffers", "256MB", "holds the upper levels and the growing edge of the key index"),
    ServerSetting("max_wal_size", "2GB", "fewer checkpoints under load, so fewer full pages in the log"),
    ServerSetting("min_wal_size", "512MB", "log files are reused instead of created again"),
    ServerSetting(
      "checkpoint_timeout", "15min", "as for max_wal_size; a crash replays at most 15 minutes of log"),
    ServerSetting(
      "bgwriter_delay", "20ms",
      "keeps clean buffers free, so that a reader need not write dirty buffers first"),
    ServerSetting("bgwriter_lru_maxpages", "1000", "as for bgwriter_delay"),
    ServerSetting("bgwriter_lru_multiplier", "4", "as for bgwriter_delay"),
    ServerSetting(
      "recovery_init_sync_method", "syncfs",
      "after a crash one call syncs all files instead of one call a file: 0.1 s instead of 3 s"),
    ServerSetting("max_parallel_workers_per_gather", "0", "a reader must not take the writers' processors"),
    ServerSetting("jit", "off", "the statements are short, so compiling them costs more time than it saves"),
    ServerSetting("timezone", "UTC", "independent of the machine"),
    ServerSetting("log_timezone", "UTC", "independent of the machine"),
    ServerSetting("logging_collector", "off", "the daemon keeps the log and bounds its size"),
    ServerSetting("log_destination", "stderr", "as for logging_collector"),
  ]

  /// Returns the setting of the socket's directory, which depends on the data directory.
  static func socketDirectory(_ path: String) -> ServerSetting {
    ServerSetting("unix_socket_directories", path, "private, short, and named after the data directory")
  }

  /// Returns the text of a configuration file, with each setting below its reason.
  static func file(_ settings: [ServerSetting]) -> String {
    let head = "# Written by sluiced at each start; ALTER SYSTEM overrides it.\n"
    return settings.reduce(into: head) { text, setting in
      text += "\n# \(setting.reason)\n\(setting.name) = \(quoted(setting.value))\n"
    }
  }

  /// Returns a value in the configuration file's quotes.
  private static func quoted(_ value: String) -> String {
    "'" + value.map { $0 == "'" || $0 == "\\" ? "\($0)\($0)" : "\($0)" }.joined() + "'"
  }
}
